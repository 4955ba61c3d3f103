"""Keywords: any case, politeness, one typing error; never a word that could be two."""

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
        ("bok", None),  # too short to be corrected
        ("cots", "cats"),
        ("cars", None),  # one error from two keywords
        ("book a table", None),
        ("I read a book yesterday", None),
        ("yes", None),
        ("", None),
        ("book " * 100, None),
    ],
)
def test_a_text_is_a_keyword_or_none(text: str, keyword: str | None) -> None:
    assert find_keyword(text, KEYWORDS) == keyword
