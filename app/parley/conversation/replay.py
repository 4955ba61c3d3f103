"""Replay a script from its beginning to the open question."""

import traceback
from binascii import b2a_base64
from collections.abc import Sequence
from concurrent.futures import Future
from datetime import timedelta
from functools import partial
from hashlib import blake2b
from typing import Any
from urllib.parse import quote

from parley.conversation.background import in_background
from parley.conversation.development_checks import forgotten_step, watching
from parley.conversation.flow import ServiceError
from parley.conversation.follow_ups import LATE, WAIT, FollowUp
from parley.conversation.prompts import Prompt, says_something, words
from parley.conversation.question_names import waiting_name
from parley.conversation.reply import Reply
from parley.conversation.script_steps import (
    AnswerContext,
    Call,
    Question,
    QuestionError,
    Rng,
    Script,
    ScriptChanged,
    ScriptFailed,
    Seed,
    Step,
    Wait,
)
from parley.conversation.session import NotRemembered
from parley.conversation.source_lines import place
from parley.conversation.submission import Finished
from parley.conversation.understanding import InvalidAnswer
from parley.conversation.word_conflicts import claimed
from parley.conversation.wrong_steps import returned as returned_instead
from parley.conversation.wrong_steps import yielded as yielded_instead

MARK = 3
"""Length of a step's mark in characters: 18 bits of a hash over all steps up to it."""
TAKEN_OVER = timedelta(seconds=15)
"""The time after which a worker checks whether the process of a late call still runs."""
MOST_STEPS = 500
"""Maximum number of calls between two questions; a cookie cannot store more results."""


class Replay:
    """`step` is the pending step; None if the script has returned, with `last_words`.

    `answers` are the stored results up to there: str or int for an answer, `()` for a question
    given up, `(result,)` for a call, three values for a failed call. `marks` has MARK characters
    for each of them and for the pending step. `steps` are the completed ones. `notes` are log
    notes about failed calls. Use it as a context manager, which closes the generator.
    Raises ScriptFailed, as all methods do.
    """

    def __init__(self, script: Script, words: Sequence[str]) -> None:
        self._script = script
        self._words = words
        self._asked = blake2b(digest_size=3)
        self._frame = script.gi_frame  # type: ignore[attr-defined]
        self._raised: int | None = None
        self.answers: list[Any] = []
        self.steps: list[Step] = []
        self.marks = ""
        self.notes: list[str] = []
        self.last_words: Prompt = ""
        self.finished: Finished | None = None
        self.pending: Future[tuple[Any, ...]] | None = None
        self.step = self._resumed(None)

    def repeat(self, answers: Sequence[Any], marks: str) -> None:
        """Send the stored results to the steps that they belong to.

        Raises ScriptChanged at the first step with a different mark.
        """
        for answer in answers:
            if not marks.startswith(self.marks):
                self._refuse_change(marks)
                raise ScriptChanged
            self.give(answer)
        if self.step is None or self.marks != marks:
            self._refuse_change(marks)
            raise ScriptChanged

    def _refuse_change(self, marks: str) -> None:
        """Raise ScriptFailed if the same code asked a different question: in development only."""
        watch = watching.get()
        before = marks[: len(self.marks)]
        now = _shown(self.step) if self.step else words(self.said)
        if watch and (did := watch.change(self._name, before, now)):
            raise self._failed(did)

    def give(self, answer: Any) -> None:
        """Continue from the pending step with its result, as the session stores it."""
        if self.step is not None:
            self.answers.append(answer)
            self.steps.append(self.step)
            self.step = self._resumed(self.step.value(answer))

    def read(self, text: str, context: AnswerContext) -> str | int:
        """Read an answer to the open question, as the session stores it. Raises InvalidAnswer."""
        if not isinstance(self.step, Question):
            raise InvalidAnswer
        return self.read_as(self.step, text, context)

    def read_as(self, question: Question, text: str, context: AnswerContext) -> str | int:
        """Read an answer to a question, as the session stores it. Raises InvalidAnswer."""
        try:
            answer = question.read(text, context)
        except InvalidAnswer:
            raise
        except Exception as error:
            raise self._failed(
                f"raised {type(error).__name__} in reading an answer: raise InvalidAnswer if the "
                "answer is not valid"
            ) from error
        if not isinstance(answer, str | int):
            raise self._failed(f"reads an answer as {type(answer).__name__}, not str or int")
        return answer

    def run_calls(self, sid: str, seed: Seed, patience: float | None = None) -> None:
        """Run the calls up to the next question, or the end.

        A call with `late` becomes `pending` if it takes longer than `patience`, in seconds.
        """
        for number in range(MOST_STEPS):
            step = self.step
            if not isinstance(step, Call | Rng):
                return
            name = f"{sid} {len(self.answers)} {number}"
            if isinstance(step, Call) and step.late and patience is not None:
                pending = in_background(partial(self._outcome, step, self.key(sid), seed, name))
                try:
                    answer = pending.result(patience)
                except TimeoutError:
                    if not pending.done():
                        self.pending = pending
                        return
                    raise
            else:
                answer = self._outcome(step, self.key(sid), seed, name)
            self.give(answer)
        raise self._failed(f"asks nothing in {MOST_STEPS} steps")

    def start_call(self, sid: str, seed: Seed) -> None:
        """Begin the call that waits, and leave it pending."""
        step = self.step
        if isinstance(step, Call):
            name = f"{sid} {len(self.answers)} 0"
            self.pending = in_background(partial(self._outcome, step, self.key(sid), seed, name))

    def _outcome(self, step: Call | Rng, key: str, seed: Seed, name: str) -> tuple[Any, ...]:
        """Run a step, and return the result to store."""
        try:
            return (step.run(key, lambda: seed(name)),)
        except ServiceError as error:
            if not isinstance(step, Call):
                raise
            self.notes.append(f"{step.kind} failed: {error}")
            return step.failed(error)
        except (NotRemembered, RecursionError) as error:
            raise self._failed(
                "called a function whose result is not JSON: return text, numbers, lists and "
                "dicts of them"
            ) from error
        except Exception as error:
            raise self._failed(
                f"raised {type(error).__name__} in a call: raise ServiceError in the service, "
                "which `default=` and `except ServiceError` catch"
            ) from error

    def follow_ups(self) -> tuple[Any, ...]:
        """Return the follow-ups of the pending step."""
        step = self.step
        if isinstance(step, Wait):
            return (FollowUp(WAIT, step.until),)
        if self.pending is not None:
            return (FollowUp(LATE, TAKEN_OVER, pending=self.pending),)
        return step.later if isinstance(step, Question) else ()

    @property
    def said(self) -> Prompt:
        """The script's prompt: the open question, or the last reply."""
        if isinstance(self.step, Wait | Call):
            return self.step.words
        return self.step.text if isinstance(self.step, Question) else self.last_words

    @property
    def question(self) -> str:
        """The name of the open question; empty if there is none."""
        return waiting_name(self._script, self._frame) if isinstance(self.step, Question) else ""

    def key(self, sid: str) -> str:
        """Return the key of the pending step, or of the end, for the message of this turn."""
        return f"{quote(sid, safe='', errors='replace')}-{len(self.answers)}"

    def __enter__(self) -> "Replay":
        return self

    def __exit__(self, _kind: object, failed: BaseException | None, _traceback: object) -> None:
        """Close the generator now, instead of at garbage collection."""
        try:
            self._script.close()
        except Exception as error:
            if failed is None:
                raise self._failed(f"raised {type(error).__name__} when it was closed") from error

    def _resumed(self, value: Any) -> Step | None:
        step: Step
        try:
            if isinstance(value, ServiceError):
                step = self._script.throw(value)
            else:
                step = self._script.send(value)
        except StopIteration as ended:
            self._end(ended.value)
            return None
        except QuestionError as error:
            self._raised = self._raised_in(error)
            raise self._failed(f"asks an invalid question: {error}") from error
        except Exception as error:
            self._raised = self._raised_in(error)
            raise self._failed(f"raised {type(error).__name__}") from error
        step = Question(step) if isinstance(step, str | Reply) else step
        if isinstance(step, Question):
            self._check(step.text, "asked")
            kind = f"{step.kind}\0{step.words}"
            if step.claims and (word := claimed(step.claims, self._words)):
                raise self._failed(
                    f"has a question that uses the word {word}, which Twilio or the script engine "
                    "handles: use another word"
                )
        elif isinstance(step, Call | Rng | Wait):
            kind = step.kind
        else:
            raise self._failed(yielded_instead(step))
        said = kind.encode(errors="surrogatepass")
        self._asked.update(b"%d:%b" % (len(said), said))
        self.marks += b2a_base64(self._asked.digest(), newline=False)[:MARK].decode()
        if watch := watching.get():
            watch.asked(self._name, self.marks, _shown(step))
        return step

    def _end(self, returned: Any) -> None:
        if isinstance(returned, Finished):
            self.finished, returned = returned, returned.said
        if not (isinstance(returned, Reply) and not returned.messages):
            self._check(returned, "returned")
        self.last_words = returned

    def _check(self, prompt: Any, did: str) -> None:
        """Raise ScriptFailed for a prompt that cannot be sent to the sender.

        The last reply may have messages to others only.
        """
        if not isinstance(prompt, str | Reply):
            raise self._failed(returned_instead(prompt))
        if watching.get() and (wrong := forgotten_step(words(prompt))):
            raise self._failed(wrong)
        if isinstance(prompt, Reply) and prompt.session:
            raise self._failed(
                f"{did} a Reply with a session: leave it out, a script remembers its answers by "
                "itself"
            )
        if isinstance(prompt, Reply) and prompt.goto and did == "asked":
            raise self._failed("yielded a Reply with goto: write `return goto(…)`")
        if not says_something(prompt) and (did == "asked" or isinstance(prompt, str)):
            raise self._failed(
                f"{did} an empty text: write some words, or `return Reply()` to end without one"
            )

    def _raised_in(self, error: BaseException) -> int | None:
        """Return the last line of the script's own file in a traceback."""
        frames = traceback.walk_tb(error.__traceback__)
        lines = [line for frame, line in frames if frame.f_code.co_filename == self._file]
        return lines[-1] if lines else None

    @property
    def _file(self) -> str:
        return str(self._script.gi_code.co_filename)  # type: ignore[attr-defined]

    @property
    def _name(self) -> str:
        return str(self._script.__name__).replace("_", "-")  # type: ignore[attr-defined]

    def _failed(self, did: str) -> ScriptFailed:
        line = self._raised or self._frame.f_lineno
        return ScriptFailed(f"{place(self._file, line)}: the script {self._name} {did}")


def _shown(step: Step) -> str:
    """Return the words of a question, or the name of a call."""
    return step.words if isinstance(step, Question) else step.kind
