"""Twilio's parameters, read as a Message."""

from collections.abc import Mapping
from types import MappingProxyType

from app.conversation import Media, Message

_REQUIRED = ("From", "To", "MessageSid")
_MEDIA = {f"MediaUrl{n}": f"MediaContentType{n}" for n in range(10)}


class MalformedMessage(Exception):
    """A signed request that is no inbound message; the message names what is missing."""


def read(parameters: Mapping[str, str]) -> Message:
    """The Message that these parameters describe.

    Media count as they are present: `NumMedia` is not believed. Raises MalformedMessage where
    `From`, `To` or `MessageSid` is missing or empty.
    """
    missing = [name for name in _REQUIRED if not parameters.get(name)]
    if missing:
        raise MalformedMessage(
            f"This is no inbound message: {', '.join(missing)} missing or empty."
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
