"""Sending a text or pictures."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app.outside.rest.client import asked
from app.outside.rest.failures import Refused

_FAILED = frozenset({"failed", "undelivered", "canceled"})


@dataclass(frozen=True)
class Text:
    """What is sent, and by whom: `from_` is a number, or empty where a Messaging Service sends."""

    body: str = field(repr=False)
    media_urls: tuple[str, ...] = field(repr=False)
    from_: str = field(repr=False)
    messaging_service: str = ""


class Sent(NamedTuple):
    """A message that Twilio has taken: its SID, and how far it has come."""

    sid: str
    status: str


def send(client: Any, to: str, text: Text) -> Sent:
    """Send to one recipient, once. Raises Refused, NotReached or NoAnswer."""

    def ask() -> Sent:
        given = {"body": text.body, "media_url": list(text.media_urls)}
        sender = {"from_": text.from_, "messaging_service_sid": text.messaging_service}
        told = client.messages.create(
            to=to, **{name: value for name, value in {**given, **sender}.items() if value}
        )
        if told.status in _FAILED:
            words = f"the message is {told.status}"
            raise Refused(int(told.error_code or 0), 0, str(told.error_message or words))
        if not told.sid:
            raise ValueError("no SID")
        return Sent(str(told.sid), str(told.status))

    return asked(ask)
