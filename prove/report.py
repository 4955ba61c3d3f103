"""The table of the proofs, in Markdown, which reads as well in a terminal."""

from typing import Any

from bench.tables import table
from prove import results
from prove.rows import Row

PARTS = ("model", "fuzz", "strangers", "faults", "soak", "mutation")
COUNTED = ("inputs", "turns", "killed", "refused", "lost", "mixed", "let_in")
HEAD = (
    *("what was tried", "inputs", "turns", "killed", "refused", "lost", "mixed up", "let in"),
    *("all held", "command"),
)
COMMANDS = {"short": "make prove", "long": "make prove-long"}


def whole(form: str) -> str:
    """The table, and below it what each row has to say."""
    found = results.read(form)
    by_part = {part: results.rows_of(found, part) for part in PARTS if part in found}
    if not by_part:
        return "Not run yet."
    lines = [
        _line(row, f"`{COMMANDS[form]} part={part}`")
        for part, rows in by_part.items()
        for row in rows
    ]
    everything = [row for rows in by_part.values() for row in rows]
    seconds = sum(found[part]["seconds"] for part in by_part)
    lines.append(_line(total(everything), f"`{COMMANDS[form]}`, {seconds:,} s"))
    notes = [f"- {row.what}: {row.note}" for row in everything if row.note]
    return "\n".join([table(HEAD, lines), "", *notes])


def total(rows: list[Row]) -> Row:
    """All rows added up."""
    sums: dict[str, Any] = {name: sum(getattr(row, name) or 0 for row in rows) for name in COUNTED}
    return Row("all together", held=all(row.held for row in rows))._replace(**sums)


def blocks() -> dict[str, str]:
    """What docs/reliability.md quotes."""
    return {form: whole(form) for form in results.FORMS}


def _line(row: Row, command: str) -> list[str]:
    counts = [getattr(row, name) for name in COUNTED]
    told = ["-" if count is None else f"{count:,}" for count in counts]
    return [row.what, *told, "yes" if row.is_proven else "NO", command]
