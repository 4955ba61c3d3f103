"""The context of a turn, for its log lines and its count."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from parley.conversation.dependencies import Waiting
from parley.conversation.message import Message
from parley.conversation.script_events import ScriptEvent
from parley.logging import kept_from_the_reply, message_fields, record, trace_fields
from parley.metrics import ANSWERED
from parley.request import USUAL_METHODS, Request
from parley.response import Response
from parley.twilio.facts import WEBHOOK_SECONDS

UNKNOWN = -(10**9)
"""The idle seconds of a turn that answers a question from another conversation."""
SLOW = 10_000
"""The duration in milliseconds from which a turn is logged as slow."""


@dataclass(slots=True)
class Turn:
    """The state of a turn, for its log line and its count."""

    request: Request = field(repr=False)
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    flow: str | None = None
    session_state: str | None = None
    """The state of the session; None before it was looked up."""
    idle_seconds: int = 0
    """Seconds since the previous turn, from the session's lifetime, if there is a session.

    It is wrong if that turn had a different lifetime.
    """
    script_events: list[ScriptEvent] = field(default_factory=list)
    """The events of scripts."""
    outcome: str = ANSWERED
    """The outcome, unless it is refused."""
    error: BaseException | None = None
    """The reason of a refusal or a failure."""
    trace: str = ""
    """The id of its trace, if tracing is enabled."""
    timer: Callable[[], float] = time.perf_counter
    """The seconds of a monotonic clock."""
    started: float = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.timer()

    @property
    def milliseconds(self) -> float:
        return 1_000 * (self.timer() - self.started)

    @property
    def fields(self) -> dict[str, Any]:
        """Return the log fields of the message and the trace."""
        trace = {"trace": self.trace} if self.trace else trace_fields(self.request.headers)
        return {**message_fields(self.parameters), **trace}

    @property
    def request_fields(self) -> dict[str, Any]:
        """Return the log fields of any request: its method, and those of the turn."""
        method = self.request.method
        return {
            "method": method if method in USUAL_METHODS else "odd",
            "flow": self.flow,
            **self.fields,
            "memory": self.session_state,
        }

    def join(self, waiting: Waiting | None, message: Message, *, is_new: bool) -> None:
        """Record that a script continues here that the server began, if it is new.

        A script that was parked was recorded when it began.
        """
        self.idle_seconds = UNKNOWN
        if waiting and is_new:
            with kept_from_the_reply():
                waiting.join(message, self.script_events)

    def leave(self, waiting: Waiting | None, message: Message, how: str) -> None:
        """Record that the message ends the script with the open question."""
        if waiting:
            with kept_from_the_reply():
                waiting.leave(message, how, self.script_events)

    def report_if_slow(self) -> None:
        """Log a turn that took over 10 seconds, or longer than Twilio waits."""
        spent = self.milliseconds
        if spent < SLOW or self.flow is None:
            return
        level, reason = logging.WARNING, "the turn took over 10 seconds"
        if spent >= 1_000 * WEBHOOK_SECONDS:
            level = logging.ERROR
            reason = f"the turn exceeded Twilio's timeout of {WEBHOOK_SECONDS} seconds"
        with kept_from_the_reply():
            record(
                "slow",
                level=level,
                flow=self.flow,
                **self.fields,
                ms=round(spent),
                reason=reason,
                next="make this flow faster: give its calls a shorter deadline=",
            )


class TurnTraces(Protocol):
    """The interface for tracing turns."""

    def turn(self, turn: Turn, answer: Callable[[Turn], Response]) -> Response:
        """Answer a turn within a span."""

    def stop(self) -> None:
        """Send the remaining spans, at the end of the process."""
