"""What is worth counting, said in one place; where there are no metrics, it is said to nobody."""

from collections.abc import Callable, Mapping
from typing import Any

Errands = Mapping[str, Callable[..., Any]]

ANSWERED, LEFT, FAILED, LARGE, UNSET = OUTCOMES = (
    "answered",
    "left to Twilio",
    "failed",
    "too large",
    "setting missing",
)
"""How a turn can end: `too large` is its memory or its reply."""
MEMORIES = ("new", "continued", "expired", "forged", "foreign", "unreadable")
"""How a cookie can be found."""


class Uncounted:
    """Nobody counts: what a server without metrics tells its turns to."""

    def turn(self, flow: str, outcome: str, memory: str | None, milliseconds: float) -> None:
        """A turn has ended; `memory` is None where nobody has looked for a cookie."""

    def too_large(self) -> None:
        """A session fits no cookie."""

    def refused(self, status: int, reason: str) -> None:
        """A request was refused; `reason` is one of a few words, and nothing of the request."""

    def watched(self, errands: Errands) -> Errands:
        """The same errands, their failures counted."""
        return errands
