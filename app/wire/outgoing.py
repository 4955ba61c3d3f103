"""Messages within Twilio's limits, whatever a flow has written."""

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

from app.conversation import Outgoing
from app.conversation.graphemes import graphemes, utf16_units

BODY = 1_600
"""UTF-16 units of one message's body; more earns error 21617."""
MEDIA = 10
"""Media of one message; more earns error 21623."""

# XML 1.0, 2.2: what is no Char. A lone surrogate is none either, and no UTF-8 besides. Said the
# other way round, by what is a Char, it takes forty times as long to compile.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NO_BREAK = frozenset("\u00a0\u2007\u202f")


class Clean(NamedTuple):
    """A text that XML can hold, and how many characters were taken out of it."""

    text: str
    removed: int


def clean(text: str) -> Clean:
    """Take out the characters that XML 1.0 cannot hold."""
    return Clean(*_ILLEGAL.subn("", text))


def within_limits(outgoing: Outgoing) -> Iterator[Outgoing]:
    """The messages that say the same, each within Twilio's limits; none where nothing is said.

    The bodies joined are the body that was given. What is over in media goes with the later
    bodies, or on its own.
    """
    bodies = list(pieces(outgoing.body)) if outgoing.body else []
    urls = outgoing.media_urls
    media = [urls[start : start + MEDIA] for start in range(0, len(urls), MEDIA)]
    for body, media_urls in zip_longest(bodies, media):
        yield Outgoing(body or "", outgoing.to, media_urls or (), outgoing.status_callback)


def pieces(text: str) -> Iterator[str]:
    """The text in pieces of at most 1,600 UTF-16 units.

    Cut behind white space where there is some, and never inside a grapheme unless that alone is
    longer.
    """
    while utf16_units(text) > BODY:
        end = _cut(text)
        yield text[:end]
        text = text[end:]
    yield text


def _cut(text: str) -> int:
    """Where the first piece ends, in code points."""
    end = behind_space = units = 0
    for grapheme in graphemes(text):
        units += utf16_units(grapheme)
        if units > BODY:
            break
        end += len(grapheme)
        if grapheme.isspace() and grapheme not in _NO_BREAK:
            behind_space = end
    return behind_space or end or _inside(text)


def _inside(text: str) -> int:
    """The same for a grapheme that alone is longer: between two code points."""
    units = 0
    for position, character in enumerate(text):
        units += utf16_units(character)
        if units > BODY:
            return position
    return len(text)
