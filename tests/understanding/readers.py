"""Parley's readers, called for a row of the table."""

from typing import Any

from parley.conversation import understanding
from tests.understanding.table import Ask, Row


def read(row: Row) -> Any:
    """Return the result of Parley's reader for the text: a value, or `Ask` with its reason."""
    given = {name: value for name, value in row.parameters.items() if name != "options"}
    try:
        match row.question:
            case "choice":
                options = row.parameters["options"]
                return options[understanding.read_choice(row.text, options, language=row.language)]
            case "text":
                return understanding.read_text(row.text, **given)
            case "not_an_answer":
                return understanding.what_is(row.text, **given, language=row.language) or ""
            case "commands":
                return understanding.command(row.text, language=row.language) or ""
            case "corrections":
                return understanding.correction(row.text, language=row.language) or ""
            case question:
                reader = getattr(understanding, f"read_{question}")
                return reader(row.text, **given, language=row.language)
    except understanding.InvalidAnswer as refusal:
        return Ask((refusal.reason,))
