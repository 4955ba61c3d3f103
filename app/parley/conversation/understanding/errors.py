"""The error for an invalid answer."""

from typing import Any, Literal

Reason = Literal["empty", "not understood", "ambiguous", "out of range"]


class InvalidAnswer(Exception):
    """Raised for an invalid answer; `str()` is a sentence to send, or empty.

    `reason` says why. `meanings` are the possible meanings of an ambiguous answer, if known: the
    two times of "9", the options that "trim" matches.
    """

    def __init__(
        self,
        sentence: str = "",
        *,
        reason: Reason = "not understood",
        meanings: tuple[Any, ...] = (),
    ) -> None:
        super().__init__(sentence)
        self.reason: Reason = reason
        self.meanings = meanings

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""
