"""The metrics interface, and a null implementation."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Services = Mapping[str, Any]
States = Callable[[], tuple[Mapping[str, int], Mapping[str, int]]]
"""How many messages of the outbox are in each state, and what became of how many in all."""
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
"""How a turn can end: `too large` is its session or its reply; `limited` is a rate limit;
`ignored` is a sender that is blocked or cannot be answered; `held` is a person who answers instead
of the flow, or an operator's text.
"""
MEMORIES = ("new", "continued", "expired", "forged", "foreign", "unreadable", "repeated")
"""What a turn found in the memory; `repeated` is a text that was answered before."""
ANSWER_SECONDS = (5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600, 14_400, 86_400)
"""Up to how many seconds an answer took is counted: a cookie lasts four hours, a row longer."""


class NullMetrics:
    """Counts nothing: used by a server without metrics."""

    def turn(self, flow: str, outcome: str, memory: str | None, milliseconds: float) -> None:
        """A turn has ended; `memory` is None if no cookie was looked for."""

    def script(self, events: Sequence[tuple[str, str, str]], seconds: int | None) -> None:
        """Each event of a script has happened: its flow, its name, and a question or nothing.

        The first one answers a question after so many `seconds`, if they are given.
        """

    def too_large(self) -> None:
        """A session fits no cookie."""

    def receipt(self, status: str, error_code: int) -> None:
        """A message that was sent has ended with this status; the code is 0 for none."""

    def refused(self, status: int, reason: str) -> None:
        """A request was refused; `reason` is one of a few words, and nothing of the request."""

    def watch(self, states: States) -> None:
        """Show the messages of an outbox, as they are when the metrics are read."""

    def instrumented(self, services: Services) -> Services:
        """Return the same services, with their failures counted."""
        return services
