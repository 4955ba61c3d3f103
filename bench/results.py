"""What was measured, as it is kept, and quoted where it is told.

A quoted block stands between `<!-- bench NAME -->` and `<!-- end -->`; those of the proofs, whose
own command quotes them, between `<!-- prove NAME -->` and the same.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from bench.peers import ROOT

FOLDER = ROOT / "bench" / "results"
QUOTING = (ROOT / "docs" / "performance.md", ROOT / "README.md")
UNKNOWN = "Not measured yet."
BLOCK = re.compile(r"<!-- (bench|prove) ([a-z-]+) -->\n(.*?)<!-- end -->", re.DOTALL)


def read(name: str) -> Any:
    """What one of the comparisons has measured last; None where it has not been made."""
    file = FOLDER / f"{name}.json"
    return json.loads(file.read_text()) if file.exists() else None


def write(name: str, found: Mapping[str, Any]) -> None:
    """Keep what was measured, draw it, and quote it wherever it is quoted."""
    FOLDER.mkdir(exist_ok=True)
    kept = json.dumps(found, indent=1, ensure_ascii=False)
    (FOLDER / f"{name}.json").write_text(f"{rounded(kept)}\n")
    tell()


def tell() -> None:
    """Make all tables and pictures from the figures that are kept, and quote them."""
    # Here and not above: report reads this module, and the tests have nothing to draw with.
    from bench import plots, report

    blocks = report.blocks()
    for title, text in blocks.items():
        (FOLDER / f"{title}.md").write_text(f"{text}\n")
    plots.draw(read("bench"))
    for file in QUOTING:
        file.write_text(quoted(file.read_text(), blocks))


def rounded(text: str) -> str:
    """Figures with four decimals at most."""
    return re.sub(r"(\d+\.\d{4})\d+", r"\1", text)


def quoted(text: str, blocks: Mapping[str, str]) -> str:
    """A document with its blocks as they are to be."""

    def block(match: re.Match[str]) -> str:
        return f"<!-- {match[1]} {match[2]} -->\n{blocks.get(match[2], UNKNOWN)}\n<!-- end -->"

    return BLOCK.sub(block, text)
