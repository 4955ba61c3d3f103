"""Change an earlier answer of a script, and read several answers from one text."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from parley.conversation.replay import Replay
from parley.conversation.script_steps import AnswerContext, Call, Question, Step
from parley.conversation.understanding import InvalidAnswer, correction
from parley.conversation.understanding.commands import is_strong_correction

MOST_WORDS = 12
"""Maximum number of words in a text that can contain several answers."""
MOST_READINGS = 100
"""Maximum number of parts that are read; a text with more possible parts is one answer."""


@dataclass(frozen=True)
class Correction:
    """A new answer to the question with this `index`; None if it fits none, or several.

    `refusal` is the sentence of a question that does not accept the answer.
    """

    index: int | None
    answer: Any = None
    refusal: str = ""

    @classmethod
    def of(
        cls, text: str, replay: Replay, context: AnswerContext, *, is_read: bool
    ) -> "Correction | None":
        """Return the correction in a text, or None.

        `is_read`: the open question can read the text. At a summary (a yes-or-no question) the text
        can correct any earlier answer; at another question only the last one.
        """
        question = replay.step
        if not isinstance(question, Question) or not replay.answers:
            return None
        is_summary = question.kind == "confirm"
        if is_read and not question.is_open and not is_summary:
            return None
        given = correction(text, language=context.language)
        questions = _questions(replay)
        closed = [each for each in questions if not replay_question(replay, each).is_open]
        if is_summary:
            return cls._of_any(text, given, closed, replay, context)
        if given is None or (is_read and not is_strong_correction(text, context.language)):
            return None
        found = cls._found(questions[-1:], given, replay, context)
        if (found is None or found.index is None) and is_read:
            # "No wait, Tuesday" to "Your name?": it corrects an earlier answer.
            return cls(None) if cls._found(closed, given, replay, context) else None
        return found if found and (found.refusal or found.index is not None) else None

    @classmethod
    def _of_any(
        cls,
        text: str,
        given: str | None,
        closed: Sequence[int],
        replay: Replay,
        context: AnswerContext,
    ) -> "Correction | None":
        """Return the correction of any answer before a summary; `given` is the new answer.

        "No Tuesday" corrects a day, too, but not a name: "no Bob" may also mean no.
        """
        if given is None:
            rest = correction(text, language=context.language, is_loose=True)
            closed = [each for each in closed if replay_question(replay, each).kind != "confirm"]
            if rest is None:
                return None
            given, opened = rest, []
        else:
            opened = [each for each in _questions(replay) if each not in closed]
        if _names_a_day_and_more(given, closed, replay, context):
            return cls(None)
        found = cls._found(closed, given, replay, context)
        return found or cls._found(opened, given, replay, context)

    @classmethod
    def _found(
        cls, indices: Sequence[int], given: str, replay: Replay, context: AnswerContext
    ) -> "Correction | None":
        """Return the correction of the question that can read it; without index if several can.

        If it is out of the range of the only question that understands it, return its refusal.
        """
        found, refusals = [], []
        for index in indices:
            try:
                answer = replay.read_as(replay_question(replay, index), given, context)
            except InvalidAnswer as error:
                if error.reason == "out of range":
                    refusals.append(str(error))
            else:
                found.append(cls(index, answer))
        if not found and refusals:
            return cls(None, refusal=refusals[0] if len(refusals) == 1 else "")
        if not found:
            return None
        return found[0] if len(found) == 1 else cls(None)

    def repeat(self, old: Replay, new: Replay, run_calls: Callable[[], None]) -> None:
        """Replay a script with the new answer, and the others while its questions are the same.

        A call with different arguments runs again.
        """
        changed = self.index or 0
        for answer in old.answers[:changed]:
            new.give(answer)
        new.give(self.answer)
        for step, answer in list(zip(old.steps, old.answers, strict=True))[changed + 1 :]:
            if isinstance(step, Question) and not isinstance(new.step, Question):
                run_calls()
            if _is_same(step, new.step):
                new.give(answer)
            elif isinstance(step, Question):
                break
        run_calls()


def several(
    replay_again: Callable[[], Replay], replay: Replay, text: str, context: AnswerContext
) -> tuple[Any, ...]:
    """Return the answers in a text to the open question and the next ones; none for one answer.

    Each part of the text must answer its question, and there must be only one way to split it.
    """
    words, question = text.split(), _closed(replay)
    if question is None or not 2 <= len(words) <= MOST_WORDS:
        return ()
    parts = _Parts(replay_again, replay, context)
    found = set(parts.of(words, question, ()))
    longest = max(map(len, found), default=0)
    best = [each for each in found if len(each) == longest]
    return best[0] if len(best) == 1 and parts.readings <= MOST_READINGS else ()


@dataclass
class _Parts:
    """The ways to split a text into answers to consecutive questions."""

    replay_again: Callable[[], Replay]
    replay: Replay
    context: AnswerContext
    readings: int = 0

    def of(
        self, words: list[str], question: Question, before: tuple[Any, ...]
    ) -> Iterator[tuple[Any, ...]]:
        """Return the answers to a question and the next ones, at least two in total."""
        for length in range(1, len(words) + bool(before)):
            self.readings += 1
            if self.readings > MOST_READINGS:
                return
            try:
                answer = self.replay.read_as(question, " ".join(words[:length]), self.context)
            except InvalidAnswer:
                continue
            answers, rest = (*before, answer), words[length:]
            if not rest:
                yield answers
            elif following := self._question_after(answers):
                yield from self.of(rest, following, answers)

    def _question_after(self, answers: tuple[Any, ...]) -> Question | None:
        with self.replay_again() as replay:
            replay.repeat(tuple(self.replay.answers), self.replay.marks)
            for answer in answers:
                replay.give(answer)
            return _closed(replay)


def _closed(replay: Replay) -> Question | None:
    """Return the open question, unless it accepts any text."""
    question = replay.step
    return question if isinstance(question, Question) and not question.is_open else None


def _questions(replay: Replay) -> list[int]:
    """Return the indices of the answered questions."""
    return [
        index
        for index, (step, answer) in enumerate(zip(replay.steps, replay.answers, strict=True))
        if isinstance(step, Question) and answer != ()
    ]


def replay_question(replay: Replay, index: int) -> Question:
    """Return the question with an index of `_questions`."""
    step = replay.steps[index]
    assert isinstance(step, Question)  # noqa: S101  # ensured by its callers
    return step


def _names_a_day_and_more(
    text: str, indices: Sequence[int], replay: Replay, context: AnswerContext
) -> bool:
    """Return whether a text is a day and an answer to another question: "Tuesday at 11"."""

    def is_read(index: int, part: str) -> bool:
        try:
            replay.read_as(replay_question(replay, index), part, context)
        except InvalidAnswer:
            return False
        return True

    words = text.split()
    days = [each for each in indices if replay_question(replay, each).kind.startswith("date ")]
    parts = [(" ".join(words[:n]), " ".join(words[n:])) for n in range(1, len(words))]
    return any(
        is_read(day, one) and any(is_read(each, other) for each in indices if each != day)
        for day in days
        for two in parts
        for one, other in (two, two[::-1])
    )


def _is_same(old: Step, new: Step | None) -> bool:
    """Return whether two steps of a script are the same question or call."""
    if isinstance(old, Question) and isinstance(new, Question):
        return (old.words, old.kind) == (new.words, new.kind)
    if isinstance(old, Call) and isinstance(new, Call):
        return old.compared == new.compared
    return type(old) is type(new)
