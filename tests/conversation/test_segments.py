"""The number of billed segments, as in Twilio's own calculator: see make_segments_table.mjs."""

import json
from pathlib import Path
from typing import Any

import pytest

from parley.conversation.segments import segments

TABLE = json.loads(Path(__file__).with_name("segments_table.json").read_text())


@pytest.mark.parametrize("row", TABLE, ids=range(len(TABLE)))
def test_segments_agree_with_twilios_calculator(row: dict[str, Any]) -> None:
    counted = segments(row["text"])
    assert counted.encoding == row["encoding"]
    assert counted.count == row["segments"]
    # The calculator uses the graphemes of Unicode 10, and splits स्ते.
    assert dict.fromkeys("".join(counted.forcing)) == dict.fromkeys("".join(row["forcing"]))


def test_the_table_is_large_enough() -> None:
    assert len({row["text"] for row in TABLE}) >= 100
    assert {row["encoding"] for row in TABLE} == {"GSM-7", "UCS-2"}


@pytest.mark.parametrize(
    ("text", "units"), [("", 0), ("abc", 3), ("a€", 3), ("aб", 2), ("😀", 2), ("a^б", 3)]
)
def test_units_are_septets_or_utf16(text: str, units: int) -> None:
    assert segments(text).units == units
    assert type(segments(text).units) is int


def test_a_grapheme_longer_than_a_segment_continues_in_the_next() -> None:
    assert segments("e" + "\u0301" * 200).count == 3
    assert segments("e" + "\u0301" * 149 + "x" * 51).count == 3
    assert segments("e" + "\u0301" * 149 + "x" * 52).count == 4
