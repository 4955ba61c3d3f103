"""The libraries that Parley is compared with; each runs as a separate program."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any

from tests.understanding.table import Ask, Row

FOLDER = Path(__file__).parent
INSTALLED = Path(__file__).parents[3] / ".venv-understanding"  # `make understanding` fills it
NOTHING = Ask(("not understood",))
PYTHON = INSTALLED / "bin" / "python"


@dataclass(frozen=True)
class Peer:
    """A program that reads rows, its questions, and why it may be missing here."""

    name: str
    questions: tuple[str, ...]
    command: tuple[str, ...]
    needs: Path
    missing: str

    @property
    def is_installed(self) -> bool:
        """Whether the program can run here."""
        return self.needs.exists() and shutil.which(self.command[0]) is not None

    def read(self, rows: Sequence[Row]) -> list[Any]:
        """Return the peer's answer to each row: a value, or `Ask`."""
        program = subprocess.run(
            self.command,
            input=json.dumps([_as_json(row) for row in rows]),
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=FOLDER,
            env={**os.environ, "NODE_PATH": str(INSTALLED / "node_modules")},
            timeout=120,
            check=True,
        )
        answers = json.loads(program.stdout)
        return [_value(row, answer) for row, answer in zip(rows, answers, strict=True)]


RECOGNIZERS = Peer(
    "Microsoft's recognizers",
    ("confirm", "choice", "number", "date", "time"),
    ("node", "recognize.cjs"),
    INSTALLED / "node_modules",
    "not measured: needs npm",
)
DATEPARSER = Peer(
    "dateparser alone",
    ("date", "time"),
    (str(PYTHON), "dateparser_alone.py"),
    PYTHON,
    "not measured: not installed",
)
PEERS = (RECOGNIZERS, DATEPARSER)


def _as_json(row: Row) -> dict[str, Any]:
    return {
        "question": row.question,
        "text": row.text,
        "language": row.language,
        "parameters": {
            name: value.isoformat() if isinstance(value, date | time) else value
            for name, value in row.parameters.items()
        },
    }


def _value(row: Row, answer: Any) -> Any:
    if answer is None:
        return NOTHING
    if row.question == "date":
        return date.fromisoformat(answer)
    if row.question == "time":
        return time.fromisoformat(answer)
    return answer
