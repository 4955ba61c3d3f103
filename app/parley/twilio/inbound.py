"""Twilio's parameters, read as a Message."""

from collections.abc import Mapping
from types import MappingProxyType

from parley.conversation import Media, Message
from parley.refusals import MalformedMessage, StatusCallback
from parley.twilio.facts import MEDIA

_REQUIRED = ("From", "To", "MessageSid")
_MEDIA = {f"MediaUrl{n}": f"MediaContentType{n}" for n in range(MEDIA)}


def read(parameters: Mapping[str, str]) -> Message:
    """Return the Message in these parameters.

    The number of media is counted; `NumMedia` is ignored. Raises StatusCallback for a delivery
    report, and MalformedMessage if `From`, `To` or `MessageSid` is missing or empty, or a name is
    empty or begins with a slash.
    """
    if any(not name or name[0] == "/" for name in parameters):
        # Otherwise a signature for /sms/counter would be valid at /sms, with the rest of the path
        # as a name, because the signed text has no separators.
        raise MalformedMessage(
            "This is not an inbound message: a name is empty or begins with a slash."
        )
    if _is_status_callback(parameters):
        raise StatusCallback
    missing = [name for name in _REQUIRED if not parameters.get(name)]
    if missing:
        raise MalformedMessage(
            f"This is not an inbound message: {', '.join(missing)} missing or empty."
        )
    return Message(
        sid=parameters["MessageSid"],
        from_=parameters["From"],
        to=parameters["To"],
        body=parameters.get("Body", ""),
        media=() if parameters.keys().isdisjoint(_MEDIA) else _media(parameters),
        parameters=MappingProxyType(parameters),
    )


def _media(parameters: Mapping[str, str]) -> tuple[Media, ...]:
    return tuple(
        Media(parameters[url], parameters.get(kind, ""))
        for url, kind in _MEDIA.items()
        if parameters.get(url)
    )


def _is_status_callback(parameters: Mapping[str, str]) -> bool:
    """Return whether this is a report about an outgoing message: a status without content.

    An inbound message has `SmsStatus=received`, and no `MessageStatus`.
    """
    reports = "MessageStatus" in parameters or parameters.get("SmsStatus", "received") != "received"
    return reports and not parameters.get("Body") and parameters.keys().isdisjoint(_MEDIA)
