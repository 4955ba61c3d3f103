"""Search in the contacts file by name."""

import csv
import re
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from parley import ServiceError, SettingType
from parley.conversation.understanding.folding import fold, words

MOST = 5
"""Maximum number of people in a result, which must fit into a cookie."""
LONGEST = 200
"""Maximum length of an address in characters; a longer one is truncated."""
SAMPLE = str(Path(__file__).with_name("contacts.csv"))
"""A small sample file."""
_BESIDE = """
a an the of for number numbers phone address contact please whats what is and looking find me give
call mr mrs ms miss dr doctor prof sir hi hello
"""
BESIDE_A_NAME = frozenset(_BESIDE.split())
"""Words to ignore beside a name: `Anna's number, please`."""
NEAR = 75
"""Minimum similarity of a misspelled name, of 100."""


class Contact(NamedTuple):
    """One person of the file."""

    name: str
    number: str
    address: str


def _contacts_file(path: str) -> str:
    """Check that a file has the columns of a contacts file, and return its path; or ValueError."""
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as lines:
            columns = next(csv.reader(lines), [])
    except (OSError, ValueError, csv.Error) as error:
        why = getattr(error, "strerror", None) or "it is not a CSV file in UTF-8"
        raise ValueError(f"names {path}, which cannot be read: {why}.") from None
    if missing := [name for name in Contact._fields if name not in columns]:
        raise ValueError(f"names {path}, whose first line has no column {', '.join(missing)}.")
    return path


def _from_here(path: str) -> str:
    """Return a path relative to the current folder, if it is inside."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path


ContactsFile = Annotated[
    str,
    SettingType(_contacts_file, _from_here, "a CSV file in UTF-8 with `name,number,address`"),
]


def find_contacts(file: str, wanted: str) -> dict[str, Any]:
    """Return the people with names whose words begin like the wanted ones, or the most similar one.

    `people` has at most five, in the order of the file, each with a fourth field: a unique label.
    `count` is the number of all matches, and `more` is True if there are more than five.
    `is_guess`: the name is only similar. Raises ServiceError if the file cannot be read.
    """
    path = Path(file)
    try:
        people = _read(path, path.stat().st_mtime_ns)
    except (OSError, UnicodeError, csv.Error, KeyError) as error:
        raise ServiceError(f"the contacts file cannot be read: {type(error).__name__}") from None
    asked = re.sub(r"['’]s\b", "", wanted)  # Anna's number
    said = [word for word in _folded(asked).split() if word not in BESIDE_A_NAME]
    found = [each for name, each in people if said and _begins(name.split(), said)]
    is_guess = not found and len(" ".join(said)) > 2
    if is_guess:
        from rapidfuzz import fuzz, process  # loaded for the first misspelled name

        names = [name for name, _ in people]
        nearest = process.extractOne(" ".join(said), names, scorer=fuzz.ratio, score_cutoff=NEAR)
        nearest = nearest or process.extractOne(
            " ".join(said), names, scorer=fuzz.WRatio, score_cutoff=NEAR
        )
        found = [people[nearest[2]][1]] if nearest else []
    unique = list(dict.fromkeys(found))
    return {
        "people": _labelled(unique[:MOST]),
        "count": len(unique),
        "more": len(unique) > MOST,
        "is_guess": is_guess,
    }


def _labelled(people: list[Contact]) -> list[tuple[str, ...]]:
    """Return the people with a label: their name, or name and number if names are equal."""
    names = Counter(each.name.casefold() for each in people)
    labels = Counter[str]()
    found: list[tuple[str, ...]] = []
    for each in people:
        label = each.name if names[each.name.casefold()] == 1 else f"{each.name}, {each.number}"
        labels[label.casefold()] += 1
        again = labels[label.casefold()]
        found.append((*each, label if again == 1 else f"{label} ({again})"))
    return found


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> list[tuple[str, Contact]]:
    """Return every person with a normalized name; cached until the file changes."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = [
            Contact(*(" ".join((row[column] or "").split()) for column in Contact._fields))
            for row in csv.DictReader(lines)
        ]
    short = [each._replace(name=each.name[:80], address=each.address[:LONGEST]) for each in rows]
    return [(_folded(each.name), each) for each in short if each.name]


def _begins(names: list[str], said: list[str]) -> bool:
    if "".join(said) == "".join(names):
        return True
    return all(any(name.startswith(word) for name in names) for word in said)


def _folded(name: str) -> str:
    """Return a name in lower case without accents: `zoe` for `Zoë`, `soren` for `Søren`."""
    return " ".join(words(fold(name)))
