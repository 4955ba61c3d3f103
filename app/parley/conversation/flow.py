"""A flow: the part of a conversation that its author writes."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

from parley.conversation.message import Message
from parley.conversation.reply import Reply
from parley.conversation.script_events import ScriptEvent
from parley.conversation.session import Session
from parley.conversation.source_lines import location
from parley.twilio.facts import COOKIE_SECONDS

LONGEST_MEMORY = COOKIE_SECONDS
"""The longest lifetime of a session in a cookie, in seconds, and the default: four hours."""
LONGEST_LIFETIME = 90 * 24 * 3_600
"""The longest lifetime of a session in a database, in seconds: 90 days."""

Answer = Callable[..., Reply]
Recall = Callable[[Message, Session, Mapping[str, Any]], Sequence[tuple[str, str]]]
"""`(message, session, what the flow asks for)` -> each question with its answer."""
WaitingQuestion = Callable[[Message, Session, Mapping[str, Any]], str]
"""The same -> the name of the question that waits; empty if it is not known."""


class FlowError(Exception):
    """A flow that cannot be served; the message names it and says what to do."""


class ServiceError(Exception):
    """Raised by a service when it cannot deliver; the message is its reason, fit for the log."""


class NoReply(TypeError):
    """A flow that returned something else than a Reply; the message says which, and what."""


@dataclass(frozen=True)
class Flow:
    """A pure function `(message, session) -> Reply`, and how long its memory lasts.

    `lifetime` is in seconds from the last turn, up to four hours, or with a database up to 90
    days. Raises FlowError for any other.
    `waits` says that it is a script, whose session waits for an answer: its function takes `begins`
    for a message that only starts it. `prepare` loads what reads its answers in a language; a
    server calls it at its start. `recall` returns the questions and answers in a script's session.
    `later` is the place in a file where it asks for something that happens later.
    `triggers` are the words that start it, if it has some. `waiting_question` returns the name of
    the question that waits in a session. `questions` are the names that are known before.
    """

    answer: Answer
    lifetime: int = LONGEST_MEMORY
    waits: bool = False
    prepare: Callable[[str], None] | None = None
    recall: Recall | None = None
    later: str = ""
    triggers: tuple[str, ...] = ()
    waiting_question: WaitingQuestion | None = None
    questions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if type(self.lifetime) is not int or not 1 <= self.lifetime <= LONGEST_LIFETIME:
            raise FlowError(
                f"{location(self.answer)}: the lifetime of the flow {self.name} is "
                f"{self.lifetime!r}: write whole seconds from 1 to {LONGEST_MEMORY} (four hours), "
                f"or with DATABASE_URL to {LONGEST_LIFETIME} (90 days)"
            )

    def __call__(
        self,
        message: Message,
        session: Session,
        *,
        begins: bool = False,
        resumes: Any = None,
        script_events: list[ScriptEvent] | None = None,
        **asked_for: Any,
    ) -> Reply:
        """The reply to a message; what happens in a script is added to `script_events`."""
        own: dict[str, Any] = {}
        if self.waits:
            own = {"begins": begins, "resumes": resumes, "script_events": script_events}
        reply = self.answer(message, session, **own, **asked_for)
        if not isinstance(reply, Reply):
            raise NoReply(
                f"{location(self.answer)}: the flow {self.name} returned {type(reply).__name__}, "
                'not a Reply: write `return Reply("…")`'
            )
        return reply

    @property
    def name(self) -> str:
        """The name in the URL: that of the function, with hyphens."""
        return self.answer.__name__.replace("_", "-")

    @property
    def parameters(self) -> dict[str, inspect.Parameter]:
        """Its keyword-only parameters by name: what it needs from outside."""
        parameters = inspect.signature(self.answer).parameters
        return {name: each for name, each in parameters.items() if each.kind is each.KEYWORD_ONLY}

    @property
    def summary(self) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(self.answer) or "").partition("\n")[0]


@overload
def flow(answer: Answer, /) -> Flow: ...


@overload
def flow(*, lifetime: int = LONGEST_MEMORY) -> Callable[[Answer], Flow]: ...


def flow(answer: Answer | None = None, /, *, lifetime: int = LONGEST_MEMORY) -> Any:
    """Make a Flow of a function: `@flow`, or `@flow(lifetime=1800)` to expire in half an hour.

    A function named like its file is a flow without it. `lifetime` is in idle seconds.
    """
    if answer is None:
        return lambda each: Flow(each, lifetime)
    check_decorated("flow", answer)
    return Flow(answer, lifetime)


def check_decorated(decorator: str, given: Any) -> None:
    """Raise FlowError for `@flow(1800)`, which would take the number for a function."""
    if not callable(given):
        raise FlowError(f"@{decorator} got {given!r}: give it by name, @{decorator}(lifetime=1800)")
