"""The texts in the .toml files here are read correctly, or rejected with the right reason."""

from datetime import date, time
from pathlib import Path
from typing import Any

import pytest

from parley.conversation.understanding import (
    InvalidAnswer,
    is_courtesy,
    read_choice,
    read_date,
    read_text,
    read_time,
)
from tests.understanding.readers import read
from tests.understanding.scores import score
from tests.understanding.table import QUESTIONS, rows_of

FOLDER = Path(__file__).parent


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_text_is_read_correctly_or_rejected_with_the_right_reason(question: str) -> None:
    rows = list(rows_of(question, FOLDER))
    result = score(rows, map(read, rows))
    assert result.failures() == ""
    assert result.other_reason == []


def meanings(read: Any, *given: Any) -> tuple[Any, ...]:
    """Return the possible meanings of a rejected text."""
    with pytest.raises(InvalidAnswer) as refused:
        read(*given)
    return refused.value.meanings


def test_the_rejection_of_an_ambiguous_answer_lists_its_meanings() -> None:
    options = ["beard trim", "hair trim", "colouring"]
    assert meanings(read_choice, "trim", options) == ("beard trim", "hair trim")
    assert meanings(read_time, "9", time(8), time(22)) == (time(9), time(21))


def test_the_weekday_of_today_is_today_or_in_a_week() -> None:
    friday, next_friday, last = date(2026, 11, 27), date(2026, 12, 4), date(2027, 1, 24)
    assert meanings(read_date, "friday", friday, friday, last) == (friday, next_friday)
    assert read_date("friday", friday, date(2026, 11, 28), last) == next_friday
    assert read_date("this friday", friday, friday, last) == friday
    assert read_date("next friday", friday, friday, last) == next_friday


@pytest.mark.parametrize("text", ["x" * 161, "😀" * 741])
def test_a_text_has_at_most_160_characters_by_default(text: str) -> None:
    with pytest.raises(InvalidAnswer) as refused:
        read_text(text)
    assert refused.value.reason == "out of range"


@pytest.mark.parametrize("text", ["ok", "👍", "thanks!", "great", "ok thanks 👍", "yes", "cool 😎"])
def test_after_the_end_thanks_and_approval_are_courtesies(text: str) -> None:
    assert is_courtesy(text)


@pytest.mark.parametrize("text", ["", "Bob", "HELP", "2", "book", "thanks, can I book?"])
def test_after_the_end_other_words_are_not_courtesies(text: str) -> None:
    assert not is_courtesy(text)
