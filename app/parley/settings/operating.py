"""Settings for operating a server with a database: live page, retention, and operators."""

import re
from typing import Any

from parley.settings.environment import Source
from parley.settings.validation import tokens_problem
from parley.twilio.facts import PHONE_NUMBER

KEEP_DAYS = 90
"""The longest lifetime of a conversation in days."""
_NUMBER = re.compile(rf"([a-z]+:)?{PHONE_NUMBER}")


def operating(source: Source) -> dict[str, Any]:
    """Return the values of these settings by the names of the fields of Settings."""
    return {
        "operators": _operators(source),
        "operator_hours": source.count("OPERATOR_HOURS", 4, 2_160),
        "live_tokens": _live_tokens(source),
        "live_shows_words": source.switch("LIVE_SHOWS_WORDS", on=False),
        "keep_days": source.count("KEEP_DAYS", KEEP_DAYS, 36_500),
    }


def _live_tokens(source: Source) -> tuple[str, ...]:
    """Return the tokens of the live page, newest first; they require a database."""
    tokens = source.secrets("LIVE_TOKEN")
    if problem := tokens_problem("LIVE_TOKEN", tokens):
        source.problems.append(problem)
    if tokens and not source.secret("DATABASE_URL"):
        source.problems.append("LIVE_TOKEN needs a database: set DATABASE_URL, too.")
    return tokens


def _operators(source: Source) -> tuple[str, ...]:
    """Return the numbers of operators; they require a database."""
    numbers = source.addresses("OPERATORS")
    if not all(_NUMBER.fullmatch(each) for each in numbers):
        source.problems.append(
            "OPERATORS contains an entry that is not a phone number: write each in full, like "
            "+15551230000."
        )
    if numbers and not source.secret("DATABASE_URL"):
        source.problems.append("OPERATORS needs a database: set DATABASE_URL, too.")
    return numbers
