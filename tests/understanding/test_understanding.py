import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from tests.understanding.peers import Peer
from tests.understanding.readers import read
from tests.understanding.report import report
from tests.understanding.scores import (
    MISREAD,
    RIGHTLY_ASKED,
    UNDERSTOOD,
    WRONGLY_ASKED,
    outcome,
    score,
)
from tests.understanding.table import REASONS, Ask, Row, rows

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKDAY = re.compile(
    rf"\b({'|'.join(WEEKDAYS)})(day|s|sday|r|rs|rsday|nesday|urday)?\b", re.IGNORECASE
)

REFUSED = {"confirm en {} 'no problem'", "confirm en {} 'why not'"}
"""Texts in the table that are asked again although they have a meaning."""


def test_the_table_is_large_and_a_quarter_must_be_asked_again() -> None:
    table = rows()
    asked_again = [row for row in table if isinstance(row.meaning, Ask)]
    assert len(table) >= 600
    assert len(asked_again) >= len(table) / 4


def test_no_text_is_in_the_table_twice() -> None:
    twice = [name for name, count in Counter(row.identity for row in rows()).items() if count > 1]
    assert not twice


def test_every_row_has_a_known_meaning() -> None:
    for row in rows():
        assert row.language in {"en", "es"}, row
        if isinstance(row.meaning, Ask):
            assert row.meaning.reasons, row
            assert set(row.meaning.reasons) <= set(REASONS), row


def test_every_meaning_is_a_valid_answer_to_the_question() -> None:
    for row in rows():
        if not isinstance(row.meaning, Ask):
            assert _is_allowed(row), row


def _is_allowed(row: Row) -> bool:
    given, meaning = row.parameters, row.meaning
    match row.question:
        case "confirm":
            return isinstance(meaning, bool)
        case "choice":
            return meaning in given["options"]
        case "number":
            return bool(given["min"] <= meaning <= given["max"])
        case "date":
            return bool(given["first"] <= meaning <= given["last"])
        case "time":
            return bool(given["opens"] <= meaning <= given["closes"])
        case "text":
            return bool(given["min"] <= len(meaning) <= given["max"])
        case _:
            return isinstance(meaning, str)


@pytest.mark.parametrize(
    "row",
    [row for row in rows() if isinstance(row.meaning, date) and WEEKDAY.search(row.text)],
    ids=lambda row: row.text,
)
def test_a_date_with_a_weekday_falls_on_that_weekday(row: Row) -> None:
    named = WEEKDAY.search(row.text)
    assert named is not None
    assert row.meaning.weekday() == WEEKDAYS.index(named[1].lower()[:3])


def test_each_answer_has_its_outcome() -> None:
    def of(question: str, meaning: object, answer: object) -> str:
        return outcome(Row(question, "text", {}, "en", meaning), answer)

    ask = Ask(("ambiguous",))
    assert of("number", 2, 2) == UNDERSTOOD
    assert of("number", 2, 3) == MISREAD
    assert of("number", meaning=1, answer=True) == MISREAD
    assert of("number", 2, ask) == WRONGLY_ASKED
    assert of("number", ask, ask) == RIGHTLY_ASKED
    assert of("number", ask, 2) == MISREAD
    assert of("text", "O’Brien", "O'Brien") == UNDERSTOOD
    assert of("not_an_answer", "tapback", "") == MISREAD
    assert of("not_an_answer", "", "stop wish") == MISREAD
    assert of("commands", "back", "") == WRONGLY_ASKED
    assert of("commands", "", "back") == MISREAD


def test_the_report_counts_every_row_and_names_a_peer_that_is_not_installed(tmp_path: Path) -> None:
    absent = Peer("Absent", ("date",), ("node", "absent.cjs"), tmp_path / "absent", "not measured")
    lines = list(report([(row, row.meaning) for row in rows()], [absent]))
    dates = sum(row.question == "date" for row in rows())
    assert f"| date | {dates} | Absent | not measured | | | |" in lines
    (everything,) = [line for line in lines if line.startswith("| all |")]
    assert everything.startswith(f"| all | {len(rows())} | Parley | ")
    assert everything.count("(100.0%)") == 2
    assert everything.count("0 (0.0%)") == 2


@pytest.mark.threat("S32")
def test_parley_understands_the_table() -> None:
    result = score(rows(), map(read, rows()))
    print(result.failures())  # the output of pytest if this fails
    assert result.share_misread() <= 0.005
    assert result.share_understood() >= 0.95
    assert {row.identity for row, _, _ in result.wrong} == REFUSED, (
        "another text is not understood any more"
    )


def test_a_rejection_has_a_fitting_reason() -> None:
    result = score(rows(), map(read, rows()))
    missed = "\n".join(
        f"{row}, but the reason is {ask.reasons}" for row, ask in result.other_reason
    )
    assert len(result.other_reason) <= 0.1 * result.counts[RIGHTLY_ASKED], missed
