"""Check senders, recipients and pictures before any call to Twilio."""

import re
from collections.abc import Sequence

from parley.conversation.segments import utf16_units
from parley.rest.messages import Text
from parley.settings.types import is_url
from parley.twilio.facts import BODY_UNITS, MEDIA, PHONE_NUMBER, SERVICE_SID

_NUMBER_SID = re.compile(r"PN[0-9a-fA-F]{32}")
_RECIPIENT = re.compile(rf"(whatsapp:)?{PHONE_NUMBER}")
_SENDER = re.compile(
    rf"(whatsapp:)?{PHONE_NUMBER}|[0-9]{{3,8}}|(?=.*[A-Za-z])[A-Za-z0-9 &+_-]{{1,11}}"
)
_SERVICE = re.compile(SERVICE_SID)


def is_number_sid(address: str) -> bool:
    """Return whether this is the SID of a phone number, like PN0123…."""
    return _NUMBER_SID.fullmatch(address) is not None


def is_service_sid(address: str) -> bool:
    """Return whether this is the SID of a Messaging Service, like MG0123…."""
    return _SERVICE.fullmatch(address) is not None


def problem(recipients: Sequence[str], text: Text) -> str | None:
    """Return the problem of a message before it is sent; None if there is none."""
    for to in recipients:
        if not _RECIPIENT.fullmatch(to):
            return f"{to} is not a number: write it in full, like +15551230000."
    if doubled := next((to for to in recipients if recipients.count(to) > 1), None):
        return f"{doubled} is given twice: it would get the text twice."
    return _of_sender(recipients, text) or _of_body(text.body, text.media_urls)


def _of_sender(recipients: Sequence[str], text: Text) -> str | None:
    if bool(text.from_) == bool(text.messaging_service):
        return "There is no sender: give --from with one of your numbers, or --messaging-service."
    if text.messaging_service and not is_service_sid(text.messaging_service):
        return "--messaging-service is not a SID: MG and 32 hexadecimal digits."
    if text.from_ and not _SENDER.fullmatch(text.from_):
        return f"{text.from_} is not a sender: write your number in full, like +15551230000."
    channels = {to.startswith("whatsapp:") for to in recipients}
    if text.from_ and channels != {text.from_.startswith("whatsapp:")}:
        return "Sender and recipients must use one channel: write whatsapp: before all, or none."
    return None


def _of_body(body: str, media_urls: Sequence[str]) -> str | None:
    units = utf16_units(body)
    if not body.strip() and not media_urls:
        return "There is nothing to send: write a text, or give --media."
    if _RECIPIENT.fullmatch(body.strip()):
        return "The last argument is the text, and it looks like a number: is the text missing?"
    if units > BODY_UNITS:
        return f"The text has {units:,} UTF-16 units, Twilio's limit is {BODY_UNITS:,}: shorten it."
    if len(media_urls) > MEDIA:
        return f"{len(media_urls)} pictures are too many: Twilio's limit is {MEDIA} per message."
    if not all(map(is_url, media_urls)):
        return "--media must be a URL that begins with https:// or http:// and has a host."
    return None
