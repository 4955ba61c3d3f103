"""Splitting of texts at 1,600 UTF-16 units, and of pictures at ten per message."""

import pytest

from parley.conversation import Outgoing
from parley.conversation.segments import graphemes, utf16_units
from parley.twilio.message_limits import clean, pieces, within_limits

FAMILY = "👩‍👩‍👧"


@pytest.mark.parametrize("length", [1, 1_599, 1_600])
def test_a_text_within_the_limit_is_one_message(length: int) -> None:
    assert list(pieces("x" * length)) == ["x" * length]


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_an_invisible_text_is_not_a_message(text: str) -> None:
    assert list(pieces(text)) == []
    assert list(within_limits(Outgoing(text))) == []


def test_trailing_white_space_is_not_a_message() -> None:
    assert list(pieces("x" * 1_600 + "  ")) == ["x" * 1_600]


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("x" * 100 + " " + "y" * 1_600, [1_600, 101]),
        ("x" * 1_601, [1_600, 1]),
        ("x" * 3_201, [1_600, 1_600, 1]),
        ("x" * 1_500 + " " + "y" * 200, [1_501, 200]),
        ("x" * 1_599 + " " + "y" * 10, [1_600, 10]),
        ("x" * 1_600 + " " + "y" * 10, [1_600, 11]),
        ("x" * 1_500 + "\u00a0" + "y" * 200, [1_600, 101]),
        ("x" * 1_599 + "\r\n" + "y", [1_599, 3]),
        ("x" * 1_598 + "\r\n" + "y", [1_600, 1]),
        ("😀" * 801, [800, 1]),
        ("x" + "😀" * 800, [800, 1]),
        ("x" * 1_595 + FAMILY, [1_595, 5]),
        ("e" + "\u0301" * 1_700, [1_600, 101]),
        ("😀" + "\u200d😀" * 1_000, [1_066, 935]),
    ],
)
def test_a_longer_text_is_split(text: str, lengths: list[int]) -> None:
    parts = list(pieces(text))
    assert [len(part) for part in parts] == lengths
    assert "".join(parts) == text
    assert all(utf16_units(part) <= 1_600 for part in parts)


def test_a_grapheme_is_not_split_if_it_fits() -> None:
    text = FAMILY * 500
    parts = list(pieces(text))
    assert [each for part in parts for each in graphemes(part)] == [FAMILY] * 500


def test_a_message_has_at_most_ten_pictures() -> None:
    urls = tuple(f"https://a.b/{number}" for number in range(21))
    short = list(within_limits(Outgoing("hi", "+1", urls, "https://c.d")))
    assert short == [
        Outgoing("hi", "+1", urls[:10], "https://c.d"),
        Outgoing("", "+1", urls[10:20], "https://c.d"),
        Outgoing("", "+1", urls[20:], "https://c.d"),
    ]
    long = list(within_limits(Outgoing("x" * 1_601, media_urls=urls[:11])))
    assert long == [Outgoing("x" * 1_600, None, urls[:10]), Outgoing("x", None, urls[10:11])]
    assert list(within_limits(Outgoing())) == []


@pytest.mark.parametrize(
    ("text", "kept", "removed"),
    [
        ("a\tb\nc\rd", "a\tb\nc\rd", 0),
        ("\x00\x08\x0b\x0c\x0e\x1f", "", 6),
        ("\ud800a\udfff", "a", 2),
        ("\ufffe\uffff", "", 2),
        ("\x7f\x85\ufdd0\ue000\ufffd\U0010ffff", "\x7f\x85\ufdd0\ue000\ufffd\U0010ffff", 0),
    ],
)
def test_characters_that_xml_cannot_contain_are_removed(text: str, kept: str, removed: int) -> None:
    assert clean(text) == (kept, removed)
