"""Why some changes are not noticed by any test: `explained.toml`, one entry for each line."""

import tomllib
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_name("explained.toml")


class Change(NamedTuple):
    """A file, and its lines before and after, without what surrounds them: it survives edits."""

    file: str
    was: str
    becomes: str

    def __str__(self) -> str:
        return f"  {self.file}\n    {self.was}\n    {self.becomes}"


class Mutant(NamedTuple):
    """One change of the code, and what mutmut says of it."""

    name: str
    status: str
    change: Change

    @property
    def is_killed(self) -> bool:
        """Whether a test failed, or did not come to an end."""
        return self.status in ("killed", "timeout")


def change_in(diff: str) -> Change:
    """The change that a unified diff of one place shows."""
    lines = diff.splitlines()
    (file,) = [line[4:].strip() for line in lines if line.startswith("--- ")]
    body = lines[lines.index(next(each for each in lines if each.startswith("@@"))) + 1 :]
    was, becomes = (
        " ".join(line[1:].strip() for line in body if line.startswith(sign)) for sign in "-+"
    )
    return Change(file, was, becomes)


def explanations() -> dict[Change, str]:
    """Every explained change with its reason."""
    entries = tomllib.loads(FILE.read_text())["unnoticed"]
    return {
        Change(entry["file"], entry["was"], becomes): entry["why"]
        for entry in entries
        for becomes in entry["becomes"]
    }
