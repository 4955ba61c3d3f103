"""A Reply as TwiML, the XML that Twilio obeys."""

from html import escape
from typing import TYPE_CHECKING, NamedTuple

from app.conversation import Outgoing, Reply
from app.wire.outgoing import clean, pieces, within_limits

if TYPE_CHECKING:
    from twilio.twiml.messaging_response import MessagingResponse

MIME_TYPE = "text/xml; charset=utf-8"
LIMIT = 64_000
"""Bytes of a document; Twilio reads 64 kB, and more earns error 11750."""
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
NOTHING = f"{HEAD}<Response/>".encode()
_CR = "&#13;"  # an XML parser reads a bare CR, and CRLF, as LF


class Document(NamedTuple):
    """TwiML in UTF-8, and how many characters were taken out because no XML can hold them."""

    content: bytes
    removed: int


class ReplyTooLarge(Exception):
    """A reply whose document is over the limit; the message has both numbers.

    `size` is in bytes; of a reply that is over the limit without any markup, its characters.
    """

    def __init__(self, size: int) -> None:
        super().__init__(
            f"the reply makes a document of {size:,} bytes, {size - LIMIT:,} more than the "
            f"{LIMIT:,} that Twilio reads; say less"
        )
        self.size = size


def render(reply: Reply) -> Document:
    """The document that sends this reply; `<Response/>` where there is nothing to send.

    Raises ReplyTooLarge.
    """
    plain = all(map(_is_plain, reply.messages))
    document = _plain(reply) if plain else _rich(reply)
    if len(document.content) > LIMIT:
        raise ReplyTooLarge(len(document.content))
    return document


def _is_plain(outgoing: Outgoing) -> bool:
    """Whether a message is text and nothing else, to whoever texted."""
    return not (outgoing.to or outgoing.media_urls or outgoing.status_callback)


def _plain(reply: Reply) -> Document:
    """A reply of texts alone, written by hand: the twilio package's tree costs ten times more."""
    said, removed, size = "", 0, 0
    for outgoing in reply.messages:
        legal, count = clean(outgoing.body)
        removed += count
        size = _within_limit(size + len(legal))
        for body in pieces(legal) if legal else ():
            said += f"<Message>{_escaped(body)}</Message>"
    content = f"{HEAD}<Response>{said}</Response>".encode() if said else NOTHING
    return Document(content, removed)


def _within_limit(size: int) -> int:
    """So many characters, refused where they are too many: to cut a megabyte takes seconds."""
    if size > LIMIT:
        raise ReplyTooLarge(size)
    return size


def _escaped(text: str) -> str:
    return escape(text, quote=False).replace("\r", _CR)


def _rich(reply: Reply) -> Document:
    """A reply with addresses, media or callbacks, by the twilio package."""
    from twilio.twiml.messaging_response import MessagingResponse  # loaded by those who need it

    response = MessagingResponse()
    removed = size = 0
    for outgoing in reply.messages:
        legal, count = _legal(outgoing)
        removed += count
        size = _within_limit(size + len(legal.body) + len(legal.to or ""))
        for each in within_limits(legal):
            _append(response, each)
    if not response.verbs:
        return Document(NOTHING, removed)
    # The twilio package leaves carriage returns bare.
    return Document(str(response.to_xml()).replace("\r", _CR).encode(), removed)


def _legal(outgoing: Outgoing) -> tuple[Outgoing, int]:
    """The message without what XML cannot hold, and how many characters that was."""
    body, removed = clean(outgoing.body)
    to, of_to = clean(outgoing.to or "")
    callback, of_callback = clean(outgoing.status_callback or "")
    media = [clean(url) for url in outgoing.media_urls]
    removed += of_to + of_callback + sum(each.removed for each in media)
    urls = tuple(each.text for each in media if each.text)
    return Outgoing(body, to or None, urls, callback or None), removed


def _append(response: "MessagingResponse", outgoing: Outgoing) -> None:
    """One `<Message>`: plain text as it is, with media in a `<Body>`, as Twilio documents it."""
    attributes = {"to": outgoing.to, "status_callback": outgoing.status_callback}
    if not outgoing.media_urls:
        response.message(outgoing.body, **attributes)
        return
    message = response.message(**attributes)
    if outgoing.body:
        message.body(outgoing.body)
    for url in outgoing.media_urls:
        message.media(url)
