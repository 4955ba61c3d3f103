"""The contacts file: people found by name."""

import csv
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from app.conversation import ErrandFailed

MOST = 5
"""People given at once: they have to fit into a cookie."""
LONGEST = 200
"""Characters of an address; the rest of a longer one is left out."""
NEAR = 75
"""How alike two names are, of 100, for one to be the misspelt other."""


class Contact(NamedTuple):
    """One person of the file."""

    name: str
    number: str
    address: str


def find_contacts(file: str, wanted: str) -> list[Contact]:
    """The people whose name has words that begin like the wanted ones; else the nearest one.

    `file` is a CSV file in UTF-8 whose first line has `name`, `number` and `address`. At most five,
    in the order of the file; none where no name is near. Raises ErrandFailed where the file cannot
    be read.
    """
    path = Path(file)
    try:
        people = _read(path, path.stat().st_mtime_ns)
    except (OSError, UnicodeError, csv.Error, KeyError) as error:
        raise ErrandFailed(f"the contacts file cannot be read: {type(error).__name__}") from None
    said = _folded(wanted).split()
    found = [each for name, each in people if said and _begins(name.split(), said)]
    if not found:
        from rapidfuzz import fuzz, process  # loaded by those who misspell

        names = [name for name, _ in people]
        nearest = process.extractOne(" ".join(said), names, scorer=fuzz.WRatio, score_cutoff=NEAR)
        found = [people[nearest[2]][1]] if nearest and len(" ".join(said)) > 2 else []
    return list(dict.fromkeys(found))[:MOST]


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> list[tuple[str, Contact]]:
    """Every person, beside the name as names are compared; read anew when the file changes."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = [
            Contact(*(" ".join((row[column] or "").split()) for column in Contact._fields))
            for row in csv.DictReader(lines)
        ]
    short = [each._replace(name=each.name[:80], address=each.address[:LONGEST]) for each in rows]
    return [(_folded(each.name), each) for each in short if each.name]


def _begins(names: list[str], said: list[str]) -> bool:
    return all(any(name.startswith(word) for name in names) for word in said)


def _folded(name: str) -> str:
    """A name without case and accents: `Zoë` is also found as `zoe`."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    kept = "".join(each for each in letters if not unicodedata.combining(each))
    return " ".join("".join(each if each.isalnum() else " " for each in kept).split())
