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
"""`(message, session, services and settings)` -> each question with its answer."""
WaitingQuestion = Callable[[Message, Session, Mapping[str, Any]], str]
"""The same arguments -> the name of the open question; empty if it is not known."""


class FlowError(Exception):
    """An invalid flow; the message names it and says what to do."""


class ServiceError(Exception):
    """Raised by a service that fails; the message is the reason, without personal data."""


class NoReply(TypeError):
    """Raised if a flow returned something other than a Reply; the message names both."""


@dataclass(frozen=True)
class Flow:
    """A pure function `(message, session) -> Reply`, and the lifetime of its session.

    `lifetime` is in seconds from the last turn, up to four hours, or with a database up to 90
    days. Raises FlowError for any other.
    `waits`: the flow is a script, whose function takes `begins` for a message that only starts it.
    `prepare` loads the parsers for a language; a server calls it at the start. `recall` returns
    the questions and answers in a script's session. `later` is the place in a file where it uses a
    reminder, a wait or a late call. `triggers` are the keywords that start it. `waiting_question`
    returns the name of the open question in a session. `questions` are the names in its source.
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
        """Return the reply to a message; events of a script are added to `script_events`."""
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
        """The name in the URL: the function's name with hyphens."""
        return self.answer.__name__.replace("_", "-")

    @property
    def parameters(self) -> dict[str, inspect.Parameter]:
        """The keyword-only parameters by name: the services and settings it requires."""
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
    """Turn a function into a Flow: `@flow`, or `@flow(lifetime=1800)` to expire in half an hour.

    A function with the name of its file is a flow without it. `lifetime` is in idle seconds.
    """
    if answer is None:
        return lambda each: Flow(each, lifetime)
    check_decorated("flow", answer)
    return Flow(answer, lifetime)


def check_decorated(decorator: str, given: Any) -> None:
    """Raise FlowError for `@flow(1800)`, where the number is in the place of the function."""
    if not callable(given):
        raise FlowError(f"@{decorator} got {given!r}: pass it by name, @{decorator}(lifetime=1800)")
