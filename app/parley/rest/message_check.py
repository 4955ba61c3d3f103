"""What may be written as sender, recipient and picture, before Twilio is asked at all."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from app.conversation.graphemes import utf16_units
from app.outside.rest.messages import Text

LONGEST_BODY, MOST_MEDIA = 1_600, 10

_NUMBER = re.compile(r"\+[1-9][0-9]{7,14}")
_RECIPIENT = re.compile(r"(whatsapp:)?\+[1-9][0-9]{7,14}")
_SENDER = re.compile(
    r"(whatsapp:)?\+[1-9][0-9]{7,14}|[0-9]{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 &+_-]{1,11}"
)
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")


def is_number(address: str) -> bool:
    """Whether this is a phone number in full, like +15551230000."""
    return _NUMBER.fullmatch(address) is not None


def problem(recipients: Sequence[str], text: Text) -> str | None:
    """What is wrong with a message before it is sent to anybody; None where nothing is."""
    for to in recipients:
        if not _RECIPIENT.fullmatch(to):
            return f"{to} is no number: write it in full, like +15551230000."
    if doubled := next((to for to in recipients if recipients.count(to) > 1), None):
        return f"{doubled} is given twice: it would be texted twice."
    return _of_sender(recipients, text) or _of_body(text.body, text.media_urls)


def _of_sender(recipients: Sequence[str], text: Text) -> str | None:
    if bool(text.from_) == bool(text.messaging_service):
        return "Say who sends: --from with a number of yours, or --messaging-service."
    if text.messaging_service and not _SERVICE.fullmatch(text.messaging_service):
        return "--messaging-service is no SID: MG and 32 hexadecimal digits."
    if text.from_ and not _SENDER.fullmatch(text.from_):
        return f"{text.from_} is no sender: write your number in full, like +15551230000."
    channels = {to.startswith("whatsapp:") for to in recipients}
    if text.from_ and channels != {text.from_.startswith("whatsapp:")}:
        return "Sender and recipients are of one channel: write whatsapp: before all, or none."
    return None


def _of_body(body: str, media_urls: Sequence[str]) -> str | None:
    units = utf16_units(body)
    if not body.strip() and not media_urls:
        return "There is nothing to send: write a text, or give --media."
    if _RECIPIENT.fullmatch(body.strip()):
        return "The last argument is the text, and it looks like a number: is the text missing?"
    if units > LONGEST_BODY:
        return f"The text has {units:,} UTF-16 units, Twilio takes {LONGEST_BODY:,}: say less."
    if len(media_urls) > MOST_MEDIA:
        return f"{len(media_urls)} pictures are too many: Twilio takes {MOST_MEDIA} a message."
    if not all(map(_is_url, media_urls)):
        return "--media takes a URL that begins with https:// or http:// and names a host."
    return None


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    usable = url.isprintable() and " " not in url and port != 0
    return usable and parts.scheme in ("http", "https") and bool(parts.hostname)
