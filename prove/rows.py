"""What a proof has tried, and what came of it: the rows of the table."""

from typing import NamedTuple


class Row(NamedTuple):
    """One thing that was tried. A figure is None where there is nothing of the kind to count.

    `lost`, `mixed` and `let_in` are what must not happen: texts without an answer, turns that knew
    of another conversation or miscounted their own, and requests of strangers that reached a flow.
    `held` is whether everything else that was asserted held, too; `note` says what that was, in a
    few words with its figures.
    """

    what: str
    inputs: int | None = None
    turns: int | None = None
    killed: int | None = None
    refused: int | None = None
    lost: int | None = None
    mixed: int | None = None
    let_in: int | None = None
    held: bool = True
    note: str = ""

    @property
    def is_proven(self) -> bool:
        return self.held and not (self.lost or self.mixed or self.let_in)
