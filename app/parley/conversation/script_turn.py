"""One turn of a script: what a message means, and the reply."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from parley.conversation import script_events
from parley.conversation.corrections import Correction, several
from parley.conversation.masking import is_number
from parley.conversation.message import Message
from parley.conversation.prompts import has_other_recipients, reply, words
from parley.conversation.recalled import waiting_question
from parley.conversation.replay import Replay
from parley.conversation.reply import Reply
from parley.conversation.script_events import ScriptEvent, left
from parley.conversation.script_options import ScriptDefaults, ScriptOptions
from parley.conversation.script_reading import (
    NOT_READ,
    SILENT,
    Read,
    kind_of,
    looks_late,
    read_answer,
)
from parley.conversation.script_state import ScriptState, sid_digest
from parley.conversation.script_steps import (
    AnswerContext,
    Question,
    Script,
    ScriptChanged,
    Seed,
)
from parley.conversation.sentences import STOPPED, STOPPED_ELSEWHERE, TO_START, TOO_LATE, say
from parley.conversation.session import Session
from parley.conversation.submission import OnFinished
from parley.conversation.understanding import is_courtesy
from parley.conversation.understanding.message_kinds import COURTESY, START_KEYWORD, STOP_WISH


@dataclass(repr=False)
class ScriptTurn:
    """A message, and the script that answers it; what happens is added to `events`."""

    flow: str
    script: Callable[..., Script]
    options: ScriptOptions
    defaults: ScriptDefaults
    message: Message
    seed: Seed
    asked_for: Mapping[str, Any]
    events: list[ScriptEvent]
    on_finished: OnFinished | None = None

    @property
    def language(self) -> str:
        return self.options.language or self.defaults.language

    def answer(self, session: Session) -> Reply:
        if not session:
            return self._without_session(session)
        state = ScriptState.of(session)
        if state is None:
            return self._begin_changed()
        if state.has_seen(self.message.sid):
            return self._ask_again(state)
        if self._wishes_to_stop():
            self.events.extend(left(self.flow, script_events.STOP, self.waiting(session)))
            return self._stop()
        if word := self.options.word(self.message):
            return self._run_command(word, state, self.waiting(session))
        with self.start_replay() as replay:
            if not self._repeat_answers(replay, state):
                return self._begin_changed()
            return self._hear(replay, state)

    def _without_session(self, session: Session) -> Reply:
        """Return the reply to a message without a session."""
        kind = self._kind
        if self._wishes_to_stop():
            return self._stop()
        if kind in (*SILENT, START_KEYWORD):
            return Reply()
        is_trigger = self.options.is_trigger(self.message, self.language)
        named = bool(self.options.triggers) and is_trigger
        if not named and not session.expired and self._is_courtesy():
            return Reply(self.options.courtesy) if self.options.courtesy else Reply()
        if self.options.is_late(self.message, session, self.language):
            return self.begin(self.options.welcome_back or TOO_LATE)
        if not is_trigger:
            word = self.options.triggers[0].upper()
            return Reply(say(self.language, TO_START, word=word))
        if self.options.first_message_answers and looks_late(self.message.body):
            return self.begin(TOO_LATE)
        return self.begin(NOT_READ.get(kind or "", ""), first=kind is None)

    @cached_property
    def _kind(self) -> str | None:
        """Return the kind of a message that is usually not an answer; None if it may be one."""
        return kind_of(self.message, self.options, self.defaults, self.language)

    def _wishes_to_stop(self) -> bool:
        return self.defaults.opt_out_words and self._kind == STOP_WISH

    def _is_courtesy(self) -> bool:
        return COURTESY not in self.options.accepts and is_courtesy(self.message.body)

    def _stop(self) -> Reply:
        answers = is_number(self.message.to)
        return Reply(say(self.language, STOPPED if answers else STOPPED_ELSEWHERE))

    def begin(self, before: str = "", *, first: bool = False) -> Reply:
        """Return the first question; with `first`, this message may answer it."""
        self.note(script_events.BEGUN)
        with self.start_replay() as replay:
            self._run_calls(replay)
            if first and self.options.first_message_answers and isinstance(replay.step, Question):
                return self._take(replay, ScriptState((), "", ""))
            return self.say(replay, say(self.language, before))

    def _begin_changed(self) -> Reply:
        """Return the first question of a script that has changed."""
        self.note(script_events.CHANGED)
        return self.begin(self.options.changed)

    def _ask_again(self, state: ScriptState) -> Reply:
        """Return the reply to a message that was delivered again: the same question."""
        with self.start_replay() as replay:
            if not self._repeat_answers(replay, state):
                return self._begin_changed()
            before, is_last = "", state.is_last(self.message.sid)
            if is_last and isinstance(replay.step, Question):
                read = read_answer(replay, self.options, self._context(max(state.tries - 1, 0)))
                found = self._correction(replay, is_read=not read.refusal)
                if found and found.index is None:
                    before = found.refusal or self.options.hint(self.language)
                elif state.tries:
                    before = read.refusal
            again = state.is_repeated or not is_last
            return reply(replay.said, before, state.session, again=again)

    def _repeat_answers(self, replay: Replay, state: ScriptState) -> bool:
        """Replay the stored answers; return False if they do not match the script."""
        try:
            replay.repeat(state.answers, state.marks)
        except ScriptChanged:
            return False
        return True

    def _run_command(self, word: str, state: ScriptState, question: str) -> Reply:
        """Go back, start over, or end; `question` is the name of the open one."""
        if word == "exit":
            self.events.extend(left(self.flow, script_events.EXIT, question))
            return Reply(say(self.language, self.options.goodbye))
        if word == "restart":
            self.events.extend(left(self.flow, script_events.RESTART, question))
            return self.begin()
        before = state.before_the_last_question()
        with self.start_replay() as replay:
            if not self._repeat_answers(replay, before):
                return self._begin_changed()
            if before.marks == state.marks:
                return self._repeat(replay, before, tries=0)
            self.note(script_events.WENT_BACK, question)
            self.note(script_events.ASKED, replay.question)
            return self._reply_again(replay, before, tries=0)

    def _hear(self, replay: Replay, state: ScriptState) -> Reply:
        """Return the reply to a message while a question is open."""
        question, kind = replay.step, self._kind
        if not isinstance(question, Question):
            return self._wait(replay, state)
        if kind in question.accepts or (kind == STOP_WISH and not self.defaults.opt_out_words):
            kind = None
        if kind in SILENT:
            return Reply(session=self._reply_again(replay, state).session, later=None)
        if kind in NOT_READ or kind == START_KEYWORD:
            sentence = say(self.language, NOT_READ.get(kind or "", ""))
            return self._repeat(replay, state, sentence)
        read = read_answer(replay, self.options, self._context(state.tries))
        if question.is_open or read.refusal:
            if kind == COURTESY:
                return self._repeat(replay, state)
            if word := self.options.command(self.message, self.language):
                return self._run_command(word, state, replay.question)
        if changed := self._correct(replay, state, is_read=not read.refusal):
            return changed
        return self._take(replay, state, read)

    def _correct(self, replay: Replay, state: ScriptState, *, is_read: bool) -> Reply | None:
        """Return the reply to a correction (`no wait, Bob`); None if the message is not one."""
        found = self._correction(replay, is_read=is_read)
        if found is None:
            return None
        if found.index is None:
            return self._repeat(replay, state, found.refusal or self.options.hint(self.language))
        with self.start_replay() as changed:
            found.repeat(replay, changed, lambda: self._run_calls(changed))
            if changed.said == replay.said:
                return self._repeat(changed, state, tries=0)
            self.note(script_events.WENT_BACK, replay.question)
            return self.say(changed, sids=state.sids_with(self.message.sid))

    def _correction(self, replay: Replay, *, is_read: bool) -> Correction | None:
        return Correction.of(self.message.body, replay, self._context(), is_read=is_read)

    def _take(self, replay: Replay, state: ScriptState, read: Read | None = None) -> Reply:
        """Return the reply to an answer to the open question; `read` is the answer, if parsed."""
        sids, tries = state.sids_with(self.message.sid), state.tries
        if self.options.several:
            answers = several(self.start_replay, replay, self.message.body, self._context())
            if answers:
                for number, answer in enumerate(answers):
                    was_asked = number == 0 and bool(state.sids)
                    self._give(replay, answer, script_events.ANSWERED, was_asked=was_asked)
                self._run_calls(replay)
                return self.say(replay, sids=sids)
        read = read or read_answer(replay, self.options, self._context(tries))
        if read.refusal:
            if not (isinstance(replay.step, Question) and replay.step.gives_up(tries + 1)):
                if not state.sids:  # the question was not asked before
                    return self.say(replay, read.refusal, tries + 1, sids)
                return self._repeat(replay, state, read.refusal, tries + 1)
            self._give(replay, (), script_events.GIVEN_UP, was_asked=bool(state.sids))
        else:
            self._give(replay, read.answer, script_events.ANSWERED, was_asked=bool(state.sids))
        self._run_calls(replay)
        return self.say(replay, sids=sids)

    def _give(self, replay: Replay, answer: Any, event: str, *, was_asked: bool) -> None:
        """Continue with an answer; a question that is answered in advance counts as asked."""
        question = replay.question
        if not was_asked:
            self.note(script_events.ASKED, question)
        self.note(event, question)
        replay.give(answer)

    def _run_calls(self, replay: Replay) -> None:
        replay.run_calls(self.message.sid, self.seed, self.defaults.patience)

    def _wait(self, replay: Replay, state: ScriptState) -> Reply:
        """Return the reply to a message during a wait: the words of the wait again."""
        sids = state.sids_with(self.message.sid)
        session = ScriptState(tuple(replay.answers), replay.marks, sids).session
        said = () if self._kind in (*SILENT, COURTESY) else (words(replay.said),)
        return Reply(*said, session=session, later=None)

    def _context(self, tries: int = 0) -> AnswerContext:
        return AnswerContext(
            message=self.message, clock=self.defaults.clock, language=self.language, tries=tries
        )

    def _repeat(
        self, replay: Replay, state: ScriptState, before: str = "", tries: int | None = None
    ) -> Reply:
        """Ask the open question again."""
        self.note(script_events.ASKED_AGAIN, replay.question)
        return self._reply_again(replay, state, before, tries)

    def _reply_again(
        self, replay: Replay, state: ScriptState, before: str = "", tries: int | None = None
    ) -> Reply:
        """Return the open question, for the sender alone."""
        told = isinstance(replay.step, Question) and has_other_recipients(replay.step.text)
        tries = state.tries if tries is None else tries
        sids = state.sids_with(self.message.sid)
        state = ScriptState(tuple(replay.answers), replay.marks, sids, tries, is_repeated=told)
        later, notes = replay.follow_ups(), replay.notes
        return reply(replay.said, before, state.session, again=True, notes=notes, later=later)

    def say(self, replay: Replay, before: str = "", tries: int = 0, sids: str = "") -> Reply:
        """Return the script's next reply, with the session to continue from."""
        sids = sids or sid_digest(self.message.sid)
        if replay.step is not None:
            self.note(script_events.ASKED, replay.question)
            session = ScriptState(tuple(replay.answers), replay.marks, sids, tries).session
            later = replay.follow_ups()
            return reply(replay.said, before, session, notes=replay.notes, later=later)
        self.note(script_events.FINISHED)
        if replay.finished:
            key, clock = replay.key(self.message.sid), self.defaults.clock
            failed = replay.finished.hand_over(self.on_finished, self.flow, key, clock())
            replay.notes.extend(failed)
        return reply(replay.said, before, notes=replay.notes)

    def note(self, event: str, question: str | None = None) -> None:
        """Add an event of the script, or of a question; ignore an unknown question."""
        if question != "":
            self.events.append((self.flow, event, question or ""))

    def waiting(self, session: Session) -> str:
        """Return the name of the open question."""
        return waiting_question(self.script, self.options.words, self.asked_for, session)

    def start_replay(self) -> Replay:
        return Replay(self.script(**self.asked_for), self.options.words)
