"""The table of texts and their meanings."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parent
QUESTIONS = (
    "confirm",
    "choice",
    "number",
    "date",
    "time",
    "text",
    "not_an_answer",
    "commands",
    "corrections",
)
REASONS = ("empty", "not understood", "ambiguous", "out of range")


class Ask(NamedTuple):
    """The text must be asked again, for one of these reasons."""

    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """A text, the question that it answers, and its meaning: a value, or `Ask`."""

    question: str
    text: str
    parameters: dict[str, Any]
    language: str
    meaning: Any

    @property
    def identity(self) -> str:
        """The text together with its question: a key that must be unique in the table."""
        return f"{self.question} {self.language} {self.parameters} {self.text!r}"

    def __str__(self) -> str:
        meaning = (
            " or ".join(self.meaning.reasons) if isinstance(self.meaning, Ask) else self.meaning
        )
        return f"{self.question} ({self.language}): {self.text!r} means {meaning!s}"


@cache
def rows() -> tuple[Row, ...]:
    """Return all rows, by question in the order of `QUESTIONS`."""
    return tuple(row for question in QUESTIONS for row in rows_of(question))


def rows_of(question: str, folder: Path = FOLDER) -> Iterator[Row]:
    """Read the rows of a question's file: in each section the texts by their meaning."""
    for section in tomllib.loads((folder / f"{question}.toml").read_text("utf-8"))["section"]:
        parameters = dict(section)
        language = parameters.pop("language")
        understood = parameters.pop("understood", {})
        ask_again = parameters.pop("ask_again", {})
        for meaning, texts in understood.items():
            for text in texts:
                yield Row(question, text, parameters, language, _value(question, meaning))
        for reasons, texts in ask_again.items():
            for text in texts:
                yield Row(question, text, parameters, language, Ask(tuple(reasons.split(" or "))))


def _value(question: str, meaning: str) -> Any:
    """Convert a meaning to the value that the question's reader returns."""
    match question:
        case "confirm":
            return {"true": True, "false": False}[meaning]
        case "number":
            return int(meaning)
        case "date":
            return date.fromisoformat(meaning)
        case "time":
            return time.fromisoformat(meaning)
        case _:
            return meaning
