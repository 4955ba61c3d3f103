"""What a run of the fuzzer counts."""

from dataclasses import dataclass, field
from typing import NamedTuple

KEPT = 20
"""Findings that are told; the others are counted alone."""


class Answer(NamedTuple):
    """What came back; a status of 0 is no answer."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    seconds: float


@dataclass
class Counts:
    """What was tried, and what came of it.

    `reached` came past the door; `remembered` are those whose memory the witness was handed;
    `found` are requests that something was wrong with.
    """

    inputs: int = 0
    reached: int = 0
    remembered: int = 0
    refused: int = 0
    lost: int = 0
    mixed: int = 0
    let_in: int = 0
    over_a_limit: int = 0
    otherwise: int = 0
    slowest: float = 0.0
    slowest_size: int = 0
    found: list[tuple[str, bytes]] = field(default_factory=list)

    def find(self, name: str, what: str, raw: bytes) -> None:
        """Count something wrong with a request."""
        setattr(self, name, getattr(self, name) + 1)
        if len(self.found) < KEPT:
            self.found.append((what, raw))

    def time(self, seconds: float, size: int) -> None:
        if seconds > self.slowest:
            self.slowest, self.slowest_size = seconds, size
