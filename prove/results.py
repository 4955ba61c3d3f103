"""What the proofs have shown, as it is kept and quoted: one file for the short form, one for the
long one, in which each part stands as it was run last.
"""

import json
from typing import Any

from bench import results
from bench.peers import ROOT
from prove.rows import Row

FOLDER = ROOT / "prove" / "results"
QUOTING = ROOT / "docs" / "reliability.md"
FORMS = ("short", "long")

Found = dict[str, Any]
"""For each part its seconds and its rows."""


def read(form: str) -> Found:
    file = FOLDER / f"{form}.json"
    found: Found = json.loads(file.read_text()) if file.exists() else {}
    return found


def write(form: str, part: str, seconds: float, rows: list[Row]) -> None:
    """Keep what a part has shown, and quote it."""
    from prove import report

    found = {**read(form), part: {"seconds": round(seconds), "rows": [r._asdict() for r in rows]}}
    FOLDER.mkdir(exist_ok=True)
    kept = json.dumps(found, indent=1, ensure_ascii=False)
    (FOLDER / f"{form}.json").write_text(f"{kept}\n")
    QUOTING.write_text(results.quoted(QUOTING.read_text(), report.blocks()))


def rows_of(found: Found, part: str) -> list[Row]:
    return [Row(**row) for row in found[part]["rows"]]
