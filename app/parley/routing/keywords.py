"""Keywords that start a flow: `BOOK`, `sign up`, in any case, with politeness or a typing error."""

from collections.abc import Iterable

from parley.conversation.understanding.languages import key
from parley.conversation.understanding.politeness import plain, polite_forms
from parley.conversation.understanding.spelling import near

SHORTEST_CORRECTED = 4
"""Minimum length of a word in which a typing error is corrected, in letters."""
LONGEST_KEYWORD = 40
LONGEST_TEXT = 100
"""Maximum length of a text that may be a keyword with politeness, in characters."""


def find_keyword(text: str, keywords: Iterable[str], language: str = "en") -> str | None:
    """Return the keyword that a text matches; None if it matches none, or several.

    `keywords` are results of `normalized`.
    """
    if len(text) > LONGEST_TEXT:
        return None
    known = set(keywords)
    forms = {key(form) for form in polite_forms(plain(text), language)}
    if exact := forms & known:
        return max(exact, key=len)
    corrected = {each for form in forms if (each := _corrected(form, known))}
    return corrected.pop() if len(corrected) == 1 else None


def normalized(keyword: str) -> str:
    """Return a keyword for comparison with texts; empty if it has no letter or digit."""
    return key(plain(keyword))


def _corrected(said: str, known: set[str]) -> str | None:
    """Return the only keyword that differs by one typing error in one word, or None."""
    words = said.split()
    found = set()
    for keyword in known:
        others = keyword.split()
        if len(others) != len(words):
            continue
        different = [pair for pair in zip(words, others, strict=True) if pair[0] != pair[1]]
        if len(different) == 1 and near(
            different[0][0], [different[0][1]], shortest=SHORTEST_CORRECTED
        ):
            found.add(keyword)
    return found.pop() if len(found) == 1 else None
