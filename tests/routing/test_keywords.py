"""Keywords match in any case, with polite words and one typing error, unless it is ambiguous."""

import pytest

from parley.routing.keywords import find_keyword, normalized

KEYWORDS = tuple(map(normalized, ("book", "sign up", "directory", "back office", "cats", "carts")))


@pytest.mark.parametrize(
    ("text", "keyword"),
    [
        ("book", "book"),
        ("BOOK", "book"),
        (" Book. ", "book"),
        ("book please", "book"),
        ("Book, please!", "book"),
        ("📚 book", "book"),
        ("sign up", "sign up"),
        ("Sign-up", "sign up"),
        ("SIGN   UP", "sign up"),
        ("sgin up", "sign up"),
        ("directroy", "directory"),
        ("diretory", "directory"),
        ("bok", None),  # too short for a typing error
        ("cots", "cats"),
        ("cars", None),  # one error from two keywords
        ("book a table", None),
        ("I read a book yesterday", None),
        ("yes", None),
        ("", None),
        ("book " * 100, None),
    ],
)
def test_keywords_are_recognized(text: str, keyword: str | None) -> None:
    assert find_keyword(text, KEYWORDS) == keyword
