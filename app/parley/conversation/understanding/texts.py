"""Read an answer that can be any text."""

import re
import unicodedata

from parley.conversation.understanding.errors import InvalidAnswer
from parley.conversation.understanding.folding import EMOJI, QUOTES, is_invisible
from parley.conversation.understanding.politeness import without_signature

_JOINERS = "\u200c\u200d"
"""Characters that join emoji or separate letters, and are kept inside a text."""


_EMOJI = rf"(?:{EMOJI}|[\ufe0f\u200d])"
_EMOJI_AROUND = re.compile(rf"^(?:{_EMOJI}\s*)+(?=\w)|(?<=[\w.!?])(?:\s*{_EMOJI})+$")

_IN_SINGLE_QUOTES = re.compile(r"(?:'[^'\n]+')|(?:[‘‚][^‘’\n]+[’‘])")
"""Apostrophes around a whole text that contains no other."""


def read_text(text: str, min: int = 1, max: int = 160) -> str:  # noqa: A002
    """Return the text without signature, outer space and quotes, `min` to `max` characters long.

    Raises InvalidAnswer for a text that is invisible, too short or too long. Characters are code
    points.
    """
    cleaned = clean(text)
    if not cleaned and min > 0:
        raise InvalidAnswer(reason="empty")
    if not min <= len(cleaned) <= max:
        raise InvalidAnswer(reason="out of range")
    return cleaned


def clean(text: str) -> str:
    """Return a text without signature, invisible characters, and outer quotes."""
    kept = "".join(each for each in without_signature(text) if not _is_lost(each)).strip()
    kept = re.sub(r"[^\S\n]+", " ", unicodedata.normalize("NFC", kept))
    kept = _EMOJI_AROUND.sub("", kept) or kept
    while len(kept) > 1 and kept[0] in f'"{QUOTES}' and kept[-1] in f'"{QUOTES}':
        kept = kept[1:-1].strip()
    if _IN_SINGLE_QUOTES.fullmatch(kept):
        kept = kept[1:-1].strip()
    return "" if all(is_invisible(each) or each.isspace() for each in kept) else kept


def _is_lost(character: str) -> bool:
    if character in _JOINERS or "\ufe00" <= character <= "\ufe0f":
        return False
    if "\U000e0020" <= character <= "\U000e007f" or character == "\u20e3":
        return False
    return is_invisible(character)
