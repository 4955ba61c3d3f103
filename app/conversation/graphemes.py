"""What a reader takes for one character: 👩‍👩‍👧 is one, though it is five code points."""

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import regex


def graphemes(text: str) -> Iterator[str]:
    """The extended grapheme clusters of a text, in their order (Unicode Annex 29)."""
    return (match[0] for match in _grapheme().finditer(text))


def utf16_units(text: str) -> int:
    """How many UTF-16 code units a text has: what Twilio counts as its characters."""
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2


@cache
def _grapheme() -> "regex.Pattern[str]":
    import regex  # loaded by those who say more than fits into a message

    return regex.compile(r"\X")
