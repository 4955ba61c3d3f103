"""Tables in Markdown, which a terminal shows as well, and their place in a document."""

import re
from collections.abc import Iterable, Mapping, Sequence

Row = Sequence[str]

BLOCK = re.compile(r"<!-- (bench|evidence) ([a-z-]+) -->\n(.*?)<!-- end -->", re.DOTALL)


def quoted(text: str, blocks: Mapping[str, str]) -> str:
    """A document with these blocks, by name, in place of its own."""

    def block(match: re.Match[str]) -> str:
        content = f"{blocks[match[2]]}\n" if match[2] in blocks else match[3]
        return f"<!-- {match[1]} {match[2]} -->\n{content}<!-- end -->"

    return BLOCK.sub(block, text)


def table(head: Row, rows: Iterable[Row]) -> str:
    """A table whose first column is aligned left, the others right, as wide as they need."""
    kept = [list(row) for row in rows]
    widths = [max(len(row[column]) for row in [list(head), *kept]) for column in range(len(head))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = [_line(head, widths), _line(rule, widths), *(_line(row, widths) for row in kept)]
    return "\n".join(lines)


def _line(row: Row, widths: Sequence[int]) -> str:
    first, *others = zip(row, widths, strict=True)
    cells = [first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]
    return f"| {' | '.join(cells)} |"


def thousands(number: float) -> str:
    """Instructions as thousands of them."""
    return f"{number / 1_000:,.0f} k"


def ratio(number: float | None, to: float | None) -> str:
    """A ratio in two digits; a dash where one of the two was not measured."""
    return f"{number / to:.2f}" if number is not None and to else "-"
