"""A flow: the part of a conversation that its author writes."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.conversation.message import Message
from app.conversation.reply import Reply
from app.conversation.session import Session

LONGEST_MEMORY = 14_400
"""Seconds that Twilio keeps a cookie at most: four hours."""

Answer = Callable[..., Reply]


class FlowError(Exception):
    """A flow that cannot be served; the message names it and says what to do."""


class NoReply(TypeError):
    """A flow that returned something else than a Reply; the message says which, and what."""


@dataclass(frozen=True)
class Flow:
    """A pure function `(message, session) -> Reply`, and how long its memory lasts.

    `lifetime` is in seconds from the last turn, 1 to 14,400. Raises ValueError for any other.
    """

    answer: Answer
    lifetime: int = LONGEST_MEMORY

    def __post_init__(self) -> None:
        if type(self.lifetime) is not int or not 1 <= self.lifetime <= LONGEST_MEMORY:
            raise ValueError(
                f"the lifetime of the flow {self.name} is {self.lifetime!r}: "
                f"give whole seconds from 1 to {LONGEST_MEMORY}"
            )

    def __call__(self, message: Message, session: Session, **asked_for: Any) -> Reply:
        reply = self.answer(message, session, **asked_for)
        if not isinstance(reply, Reply):
            raise NoReply(f"the flow {self.name} returned {type(reply).__name__}, not a Reply")
        return reply

    @property
    def name(self) -> str:
        """The name in the URL: that of the function, with hyphens."""
        return self.answer.__name__.replace("_", "-")

    @property
    def asks_for(self) -> tuple[str, ...]:
        """The names of its keyword-only parameters: what it needs from outside."""
        parameters = inspect.signature(self.answer).parameters.values()
        return tuple(each.name for each in parameters if each.kind is each.KEYWORD_ONLY)

    @property
    def summary(self) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(self.answer) or "").partition("\n")[0]


def lasting(seconds: int) -> Callable[[Answer], Flow]:
    """Make a Flow that forgets after so many idle seconds: `@lasting(1800)` above its function."""
    return lambda answer: Flow(answer, seconds)
