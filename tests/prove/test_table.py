"""What is told of the proofs is what they have shown, and a fault does not hide in a table."""

import pytest

from bench.results import BLOCK, quoted
from prove import report, results
from prove.rows import Row
from prove.run import proved


def test_the_quoted_tables_are_those_of_the_results() -> None:
    text = results.QUOTING.read_text()
    assert [name for _, name, _ in BLOCK.findall(text)] == list(results.FORMS)
    assert quoted(text, report.blocks()) == text, "run make prove, which quotes anew"


@pytest.mark.parametrize(
    "row",
    [Row("it", lost=1), Row("it", mixed=1), Row("it", let_in=1), Row("it", turns=9, held=False)],
)
def test_nothing_that_went_wrong_is_proven(row: Row) -> None:
    assert not row.is_proven
    assert not report.total([Row("another", turns=1, lost=0), row]).is_proven


def test_all_rows_are_added_up() -> None:
    rows = [Row("a", inputs=2, refused=1), Row("b", inputs=3, turns=4, lost=0)]
    assert report.total(rows)[:8] == ("all together", 5, 4, 0, 1, 0, 0, 0)


def test_a_part_that_comes_to_no_end_has_proven_nothing() -> None:
    (row,) = proved("nowhere", long=False)
    assert not row.is_proven
    assert "ModuleNotFoundError" in row.note
