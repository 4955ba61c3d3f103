"""How a text is charged: its encoding, and how many SMS segments it takes.

One character outside GSM 03.38 turns the whole text into UCS-2. A text of one segment has 160
septets or 70 UTF-16 units; of several, each has 153 or 67, because a header tells their order.
Neither an escape pair nor a grapheme is split between two (https://www.twilio.com/docs/glossary,
and Twilio's own `sms-segments-calculator`).
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
    """How a text is sent: `count` segments of in all `units` septets or UTF-16 units.

    `forcing` holds the graphemes that forced UCS-2, each once, in the order of the text.
    """

    encoding: str
    count: int
    units: int
    forcing: tuple[str, ...]


def segments(text: str) -> Segments:
    """The Segments of a text; an empty one takes one segment, as Twilio counts."""
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
    """How many segments of this room they fill; what is larger than one goes on in the next."""
    count, left = 0, 0
    for size in sizes:
        if size > left:
            count += -(-size // room)
            left = room * -(-size // room)
        left -= size
    return count


def graphemes(text: str) -> Iterator[str]:
    """The characters as a reader counts them (extended grapheme clusters, Unicode Annex 29)."""
    return (match[0] for match in _grapheme().finditer(text))


def utf16_units(text: str) -> int:
    """How many UTF-16 code units a text has: what Twilio counts as its characters."""
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2


@cache
def _grapheme() -> "regex.Pattern[str]":
    import regex  # loaded when a text is first divided, not at the start

    return regex.compile(r"\X")
