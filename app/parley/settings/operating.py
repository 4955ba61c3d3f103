"""The settings of those who run a server with a database: what they see, keep, and answer."""

import re
from typing import Any

from parley.settings.environment import Source
from parley.settings.validation import tokens_problem
from parley.twilio.facts import PHONE_NUMBER

KEEP_DAYS = 90
"""As long as a conversation may last: nothing is needed after that."""
_NUMBER = re.compile(rf"([a-z]+:)?{PHONE_NUMBER}")


def operating(source: Source) -> dict[str, Any]:
    """The values of these settings by the names of the fields of Settings."""
    return {
        "operators": _operators(source),
        "operator_hours": source.count("OPERATOR_HOURS", 4, 2_160),
        "live_tokens": _live_tokens(source),
        "live_shows_words": source.switch("LIVE_SHOWS_WORDS", on=False),
        "keep_days": source.count("KEEP_DAYS", KEEP_DAYS, 36_500),
    }


def _live_tokens(source: Source) -> tuple[str, ...]:
    """The tokens of the live page, newest first; they need a database."""
    tokens = source.secrets("LIVE_TOKEN")
    if problem := tokens_problem("LIVE_TOKEN", tokens):
        source.problems.append(problem)
    if tokens and not source.secret("DATABASE_URL"):
        source.problems.append("LIVE_TOKEN needs a database: set DATABASE_URL, too.")
    return tokens


def _operators(source: Source) -> tuple[str, ...]:
    """The numbers of operators; they need a database."""
    numbers = source.addresses("OPERATORS")
    if not all(_NUMBER.fullmatch(each) for each in numbers):
        source.problems.append(
            "OPERATORS holds something else than phone numbers: write each in full, like "
            "+15551230000."
        )
    if numbers and not source.secret("DATABASE_URL"):
        source.problems.append("OPERATORS needs a database: set DATABASE_URL, too.")
    return numbers
