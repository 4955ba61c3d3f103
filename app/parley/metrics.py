"""The metrics interface, and a null implementation."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Services = Mapping[str, Any]
States = Callable[[], tuple[Mapping[str, int], Mapping[str, int]]]
"""The number of outbox messages in each state, and the total of each outcome."""
OUTBOX = ("waiting", "due", "late", "claimed", "unclear")
SENDINGS = ("sent", "failed", "cancelled", "unclear")

ANSWERED, LEFT, FAILED, LARGE, UNSET, LIMITED, IGNORED, HELD = OUTCOMES = (
    "answered",
    "left to Twilio",
    "failed",
    "too large",
    "setting missing",
    "limited",
    "ignored",
    "held",
)
"""The outcomes of a turn. `too large`: its session or its reply. `limited`: a rate limit.
`ignored`: a sender that is blocked or cannot be answered. `held`: an operator answers instead of
the flow, or the text is an operator's.
"""
MEMORIES = ("new", "continued", "expired", "forged", "foreign", "unreadable", "repeated")
"""The states of a session at the beginning of a turn; `repeated`: the text was answered before."""
ANSWER_SECONDS = (5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600, 14_400, 86_400)
"""Buckets for the seconds until an answer: a cookie lasts four hours, a row longer."""


class NullMetrics:
    """Null implementation, for a server without metrics."""

    def turn(self, flow: str, outcome: str, memory: str | None, milliseconds: float) -> None:
        """Count a turn that has ended; `memory` is None if no session was looked up."""

    def script(self, events: Sequence[tuple[str, str, str]], seconds: int | None) -> None:
        """Count events of scripts: a flow, an event, and a question or an empty text.

        `seconds` is the time until the answer of the first event, if it is known.
        """

    def too_large(self) -> None:
        """Count a session that does not fit into a cookie."""

    def receipt(self, status: str, error_code: int) -> None:
        """Count a sent message with its final status; the code is 0 for none."""

    def refused(self, status: int, reason: str) -> None:
        """Count a refused request; `reason` is one of a few constants."""

    def watch(self, states: States) -> None:
        """Add the states of an outbox, queried at each scrape."""

    def instrumented(self, services: Services) -> Services:
        """Return the services, with their failures counted."""
        return services
