"""The tracing of the current turn, for code that calls other servers."""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, Protocol


class Tracing(Protocol):
    """Creates spans inside the span of a turn."""

    def traced(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function wrapped in a span."""

    def headers(self) -> Mapping[str, str]:
        """Return the headers that pass the span to another server."""


tracing: ContextVar[Tracing | None] = ContextVar("parley_tracing", default=None)
"""None without tracing."""


def traced(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function wrapped in a span, if this turn is traced."""
    now = tracing.get()
    return now.traced(function) if now else function
