"""A conversation of many questions: a generator that becomes a flow.

Each turn walks through the generator from its beginning, hands it the answers in the session, and
then the new one; what it asks next is the reply. What it returns is its last word.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any, overload

from app.conversation.claims import refuse_claims
from app.conversation.flow import LONGEST_MEMORY, Flow, FlowError
from app.conversation.manners import Manners
from app.conversation.memory import Memory, known_by
from app.conversation.message import Message
from app.conversation.reply import Reply
from app.conversation.session import Session
from app.conversation.steps import Question, Refused, Script, ScriptChanged, Seed
from app.conversation.walk import Walk

_OWN = ("message", "session", "seed")


@overload
def conversation(script: Callable[..., Script], /) -> Flow: ...


@overload
def conversation(
    *, lifetime: int = LONGEST_MEMORY, **manners: Any
) -> Callable[[Callable[..., Script]], Flow]: ...


def conversation(
    script: Callable[..., Script] | None = None,
    /,
    *,
    lifetime: int = LONGEST_MEMORY,
    **manners: Any,
) -> Any:
    """Make a Flow of a generator function: `@conversation`, or `@conversation(lifetime=1800)`.

    Its keyword-only parameters are bound by name like those of any flow. `lifetime` is in seconds;
    the other names are those of Manners. Raises FlowError where it is no generator function, or
    where a word or a choice is one that Twilio answers.
    """
    said = Manners(**manners)
    return _flow(script, lifetime, said) if script else lambda each: _flow(each, lifetime, said)


def _flow(script: Callable[..., Script], lifetime: int, manners: Manners) -> Flow:
    if not inspect.isgeneratorfunction(script):
        raise FlowError(f"the script {script.__name__} asks nothing: it has no `yield`")
    refuse_claims(script, manners.words, manners.begins)

    def answer(message: Message, session: Session, *, seed: Seed = str, **asked_for: Any) -> Reply:
        return _Turn(script, manners, message, seed, asked_for).answered(session)

    named = inspect.signature(script).parameters.values()
    if any(each.kind is not each.KEYWORD_ONLY for each in named):
        raise FlowError(
            f"the script {script.__name__} takes keyword-only parameters: write * first"
        )
    own = [each for each in inspect.signature(answer).parameters.values() if each.name in _OWN]
    update_wrapper(answer, script)
    answer.__signature__ = inspect.Signature([*own, *named])  # type: ignore[attr-defined]
    return Flow(answer, lifetime)


@dataclass(frozen=True, repr=False)
class _Turn:
    """One message, and the script that answers it."""

    script: Callable[..., Script]
    manners: Manners
    message: Message
    seed: Seed
    asked_for: Mapping[str, Any]

    def answered(self, session: Session) -> Reply:
        if not session:
            late = self.manners.too_late(self.message, session)
            return self._begun(self.manners.welcome_back) if late else self._begun(first=True)
        memory = Memory.of(session)
        if memory is None:
            return self._begun(self.manners.changed)
        delivered_again = memory.sid == known_by(self.message.sid)
        word = None if delivered_again else self.manners.word(self.message)
        if word == "exit":
            return Reply(self.manners.goodbye)
        if word == "restart":
            return self._begun()
        if word == "back":
            memory = memory.before_the_last_question()
        with self._walk() as walk:
            try:
                walk.repeat(memory.answers, memory.marks)
            except ScriptChanged:
                return self._begun(self.manners.changed)
            if word == "back":
                return self._said(walk)
            if delivered_again:
                return self._said(walk, self._refusal(walk) if memory.tries else "", memory.tries)
            return self._taken(walk, memory.tries)

    def _begun(self, before: str = "", *, first: bool = False) -> Reply:
        """The first question; with `first`, this message may answer it."""
        with self._walk() as walk:
            walk.go_outside(self.message.sid, self.seed)
            if first and self.manners.first_text_answers and walk.step:
                return self._taken(walk, 0)
            return self._said(walk, before)

    def _taken(self, walk: Walk, tries: int) -> Reply:
        """What comes of the answer to the question that waits."""
        if refusal := self._refusal(walk):
            if not (isinstance(walk.step, Question) and walk.step.gives_up(tries + 1)):
                return self._said(walk, refusal, tries + 1)
            walk.give(())
        else:
            walk.give(walk.read(self.message.body))
        walk.go_outside(self.message.sid, self.seed)
        return self._said(walk)

    def _refusal(self, walk: Walk) -> str:
        try:
            walk.read(self.message.body)
        except Refused as refused:
            return str(refused)
        return ""

    def _said(self, walk: Walk, before: str = "", tries: int = 0) -> Reply:
        text = walk.step.text if isinstance(walk.step, Question) else walk.last_words
        said = f"{before}\n{text}" if before else text
        if walk.step is None:
            return Reply(said)
        sid = known_by(self.message.sid)
        return Reply(said, session=Memory(tuple(walk.answers), walk.marks, sid, tries).session)

    def _walk(self) -> Walk:
        return Walk(self.script(**self.asked_for), self.manners.words)
