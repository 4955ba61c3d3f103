"""What traces the turn that is being answered, for the parts that call something outside."""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, Protocol


class Tracing(Protocol):
    """Makes spans inside the span of a turn."""

    def traced(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function in a span of its own."""

    def headers(self) -> Mapping[str, str]:
        """The headers that tell another server of the span."""


tracing: ContextVar[Tracing | None] = ContextVar("parley_tracing", default=None)
"""None if nothing traces."""


def traced(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function in a span of its own, if this turn is traced."""
    now = tracing.get()
    return now.traced(function) if now else function
