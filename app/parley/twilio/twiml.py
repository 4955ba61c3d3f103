"""Rendering a Reply as TwiML, Twilio's XML."""

from dataclasses import replace
from html import escape
from typing import NamedTuple

from parley.conversation import Outgoing, Reply
from parley.twilio.facts import TWIML_BYTES
from parley.twilio.message_limits import legal, within_limits

MIME_TYPE = "text/xml; charset=utf-8"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
NOTHING = f"{HEAD}<Response/>".encode()
# An XML parser reads a bare CR, and CRLF, as LF; in an attribute, each white space as a space.
_CR = "&#13;"
_IN_ATTRIBUTES = str.maketrans({"\t": "&#9;", "\n": "&#10;", "\r": _CR})


class Document(NamedTuple):
    """TwiML in UTF-8, and the number of removed characters that XML does not allow."""

    content: bytes
    removed: int

    def __repr__(self) -> str:
        """Omit the content, which contains a reply."""
        return f"Document({len(self.content)} bytes, removed={self.removed})"


class ReplyTooLarge(Exception):
    """Raised for a reply whose document exceeds the limit; the message has both numbers.

    `size` is in bytes; for a reply that exceeds the limit without markup, in characters.
    """

    def __init__(self, size: int) -> None:
        super().__init__(
            f"the reply needs a document of {size:,} bytes, {size - TWIML_BYTES:,} more than the "
            f"{TWIML_BYTES:,} that Twilio reads; shorten it"
        )
        self.size = size


def render(reply: Reply, status_callback: str | None = None) -> Document:
    """Return the document for a reply; `<Response/>` without messages.

    `status_callback` is the URL for reports on messages without their own. Raises ReplyTooLarge.
    """
    said, removed, size = "", 0, 0
    for message in reply.messages:
        outgoing = message
        if status_callback and not message.status_callback:
            outgoing = replace(message, status_callback=status_callback)
        fit, count = legal(outgoing)
        removed += count
        size += len(fit.body) + len(fit.to or "") + len(fit.from_ or "")
        if size > TWIML_BYTES:  # before the split, which takes seconds for a megabyte
            raise ReplyTooLarge(size)
        said += "".join(map(_message, within_limits(fit)))
    content = f"{HEAD}<Response>{said}</Response>".encode() if said else NOTHING
    if len(content) > TWIML_BYTES:
        raise ReplyTooLarge(len(content))
    return Document(content, removed)


def _message(outgoing: Outgoing) -> str:
    """Return a `<Message>`: a text directly; with media, in a `<Body>`, as Twilio documents."""
    body, attributes = _escaped(outgoing.body), ""
    if outgoing.from_:
        attributes = f' from="{_quoted(outgoing.from_)}"'
    if outgoing.status_callback:
        attributes += f' statusCallback="{_quoted(outgoing.status_callback)}"'
    if outgoing.to:
        attributes += f' to="{_quoted(outgoing.to)}"'
    if outgoing.media_urls:
        body = f"<Body>{body}</Body>" if body else ""
        body += "".join(f"<Media>{_escaped(url)}</Media>" for url in outgoing.media_urls)
    return f"<Message{attributes}>{body}</Message>"


def _escaped(text: str) -> str:
    return escape(text, quote=False).replace("\r", _CR)


def _quoted(text: str) -> str:
    return escape(text).translate(_IN_ATTRIBUTES)
