"""Splitting and cleaning messages to fit Twilio's limits."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest
from typing import NamedTuple

from parley.conversation import Outgoing, Reply
from parley.conversation.segments import graphemes, utf16_units
from parley.twilio.facts import BODY_UNITS, MEDIA

WHOLE_WORDS = BODY_UNITS * 2 // 3
"""Minimum UTF-16 units of a piece that ends with a whole word; otherwise a word is cut."""

# XML 1.0, 2.2: the characters that are not a Char, lone surrogates among them. A pattern of those
# that are a Char, negated, takes forty times as long to compile.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NO_BREAK = frozenset("\u00a0\u2007\u202f")


class Clean(NamedTuple):
    """A text that is valid in XML, and the number of removed characters."""

    text: str
    removed: int


def clean(text: str) -> Clean:
    """Remove the characters that XML 1.0 does not allow."""
    return Clean(*_ILLEGAL.subn("", text))


def legal(outgoing: Outgoing) -> tuple[Outgoing, int]:
    """Return the message without characters that XML does not allow, and their number."""
    body, removed = clean(outgoing.body)
    if not (outgoing.to or outgoing.from_ or outgoing.media_urls or outgoing.status_callback):
        return (Outgoing(body) if removed else outgoing), removed
    to, of_to = clean(outgoing.to or "")
    from_, of_from = clean(outgoing.from_ or "")
    callback, of_callback = clean(outgoing.status_callback or "")
    media = [clean(url) for url in outgoing.media_urls]
    removed += of_to + of_from + of_callback + sum(each.removed for each in media)
    urls = tuple(each.text for each in media if each.text)
    return Outgoing(body, to or None, urls, callback or None, from_ or None), removed


def sendable(reply: Reply) -> list[Outgoing]:
    """Return the messages of a reply within the limits of the REST API."""
    return [each for said in reply.messages for each in within_limits(legal(said)[0])]


def within_limits(outgoing: Outgoing) -> Iterator[Outgoing]:
    """Split a message into messages within Twilio's limits; into none if it is empty.

    The joined bodies equal the given body. Media over the limit are sent with the later bodies, or
    in separate messages.
    """
    units, media_count = utf16_units(outgoing.body), len(outgoing.media_urls)
    if 0 < units <= BODY_UNITS and media_count <= MEDIA:
        if media_count or outgoing.body.strip():
            yield outgoing
        return
    bodies = list(pieces(outgoing.body)) if outgoing.body else []
    urls = outgoing.media_urls
    media = [urls[start : start + MEDIA] for start in range(0, len(urls), MEDIA)]
    for body, media_urls in zip_longest(bodies, media):
        yield replace(outgoing, body=body or "", media_urls=media_urls or ())


def pieces(text: str) -> Iterator[str]:
    """Split the text into pieces of at most 1,600 UTF-16 units.

    A cut is after white space if there is some in the last third, and never inside a grapheme
    unless it is longer than a piece. A last piece of only white space is dropped, because Twilio
    does not send empty messages.
    """
    while utf16_units(text) > BODY_UNITS:
        end = _cut(text)
        yield text[:end]
        text = text[end:]
    if text.strip():
        yield text


def _cut(text: str) -> int:
    """Return the end of the first piece, in code points."""
    end = behind_space = units = 0
    for grapheme in graphemes(text):
        units += utf16_units(grapheme)
        if units > BODY_UNITS:
            break
        end += len(grapheme)
        if units > WHOLE_WORDS and grapheme.isspace() and grapheme not in _NO_BREAK:
            behind_space = end
    return behind_space or end or _inside(text)


def _inside(text: str) -> int:
    """Return the end within a grapheme that is longer than a piece, between two code points."""
    units = 0
    for position, character in enumerate(text):
        units += utf16_units(character)
        if units > BODY_UNITS:
            return position
    return len(text)
