"""The error of an answer that cannot be used."""

from typing import Any, Literal

Reason = Literal["empty", "not understood", "ambiguous", "out of range"]


class InvalidAnswer(Exception):
    """An answer that does not fit its question: `str()` is a sentence to send, or empty.

    `reason` says why. `meanings` holds what an ambiguous answer may mean, where that is known: the
    two times of "9", the options that "trim" may be.
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
