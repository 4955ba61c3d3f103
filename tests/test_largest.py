"""The path of the largest value in a session."""

from typing import Any

import pytest

from parley.conversation import Session
from parley.sessions import _largest as largest


@pytest.mark.parametrize(
    ("remembered", "expected"),
    [
        ({"a": "four", "b": "three"}, (5, "b")),
        ({"a": {"b": {"c": "long"}}, "d": "x"}, (4, "a, an entry, an entry")),
        ({"+15551230001": "long", "d": "x"}, (4, "a value")),
        ({"a": ["x", "yy", ["zzz"]]}, (3, "a, item 3, item 1")),
        ({"a": 12_345, "b": None}, (5, "a")),
        ({"b": [], "a": "x"}, (1, "a")),
        ({"b": {}, "a": ""}, (0, "b")),
    ],
)
def test_the_largest_value_is_found(remembered: dict[str, Any], expected: tuple[int, str]) -> None:
    assert largest(Session(remembered)) == expected
