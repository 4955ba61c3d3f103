"""Natural-language parsers: for answers, and for messages that are not answers.

The words of each language are in `languages/`, one file each.
"""

from datetime import date, time

from parley.conversation.understanding.choices import read_choice
from parley.conversation.understanding.commands import command, correction
from parley.conversation.understanding.confirmation import read_confirm
from parley.conversation.understanding.errors import InvalidAnswer
from parley.conversation.understanding.message_kinds import is_courtesy, what_is
from parley.conversation.understanding.numbers import read_number
from parley.conversation.understanding.texts import read_text

__all__ = [
    "InvalidAnswer",
    "command",
    "correction",
    "is_courtesy",
    "prepare_dates",
    "read_choice",
    "read_confirm",
    "read_date",
    "read_number",
    "read_text",
    "read_time",
    "what_is",
]


def read_date(
    text: str,
    today: date,
    first: date,
    last: date,
    *,
    language: str = "en",
    month_first: bool = True,
) -> date:
    """Return the day in a text, `first` to `last`. Raises InvalidAnswer for any other text."""
    from parley.conversation.understanding import dates  # loaded where a date is asked for

    return dates.read_date(text, today, first, last, language=language, month_first=month_first)


def read_time(text: str, opens: time, closes: time, *, language: str = "en") -> time:
    """Return the time in a text, from `opens` to before `closes`. Raises InvalidAnswer."""
    from parley.conversation.understanding import times  # loaded where a time is asked for

    return times.read_time(text, opens, closes, language=language)


def prepare_dates(language: str) -> None:
    """Load the parsers for days and times now, rather than with the first answer."""
    from parley.conversation.understanding import dates, times

    dates.prepare(language)
    times.clock(language)
