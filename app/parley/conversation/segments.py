"""The encoding of a text, and its number of SMS segments, which determine its price.

One character outside GSM 03.38 changes the encoding of the whole text to UCS-2. A single segment
has up to 160 septets or 70 UTF-16 units; each of several has 153 or 67, because of a header with
their order. Escape pairs and graphemes are not split (https://www.twilio.com/docs/glossary, and
Twilio's `sms-segments-calculator`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import regex


GSM_7, UCS_2 = "GSM-7", "UCS-2"

_BASIC = frozenset(
    "\n\r !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
    "¡£¤¥§¿ÄÅÆÇÉÑÖØÜßàäåæèéìñòöøùüΓΔΘΛΞΠΣΦΨΩ"
)
_EXTENDED = frozenset("\f[\\]^{|}~€")
_ALONE = {GSM_7: 160, UCS_2: 70}
_OF_SEVERAL = {GSM_7: 153, UCS_2: 67}


@dataclass(frozen=True)
class Segments:
    """The number of segments, and of `units`: septets or UTF-16 units in total.

    `forcing` are the graphemes that require UCS-2, each once, in the order of the text.
    """

    encoding: str
    count: int
    units: int
    forcing: tuple[str, ...]


def segments(text: str) -> Segments:
    """Return the Segments of a text; an empty one has one segment, as Twilio counts."""
    parts = list(_unsplit(text))
    forcing = tuple(dict.fromkeys(part for part in parts if not _is_gsm(part)))
    encoding = UCS_2 if forcing else GSM_7
    sizes = [_size(part, encoding) for part in parts]
    units = sum(sizes)
    alone = units <= _ALONE[encoding]
    count = 1 if alone else _filled(sizes, _OF_SEVERAL[encoding])
    return Segments(encoding, count, units, forcing)


def _unsplit(text: str) -> Iterator[str]:
    for grapheme in graphemes(text):
        if grapheme == "\r\n":
            yield from grapheme
        else:
            yield grapheme


def _is_gsm(part: str) -> bool:
    return part in _BASIC or part in _EXTENDED


def _size(part: str, encoding: str) -> int:
    if encoding == UCS_2:
        return utf16_units(part)
    return 2 if part in _EXTENDED else 1


def _filled(sizes: Iterable[int], room: int) -> int:
    """Return how many segments of size `room` these parts fill; a larger part spans several."""
    count, left = 0, 0
    for size in sizes:
        if size > left:
            count += -(-size // room)
            left = room * -(-size // room)
        left -= size
    return count


def graphemes(text: str) -> Iterator[str]:
    """Yield the user-perceived characters (extended grapheme clusters, Unicode Annex 29)."""
    return (match[0] for match in _grapheme().finditer(text))


def utf16_units(text: str) -> int:
    """Return the number of UTF-16 code units, which Twilio counts as characters."""
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2


@cache
def _grapheme() -> "regex.Pattern[str]":
    import regex  # loaded when a text is first split, not at the start

    return regex.compile(r"\X")
