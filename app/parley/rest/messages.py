"""Sending a text or pictures, and reading the conversation before a text."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from parley.rest.client import call
from parley.rest.errors import RejectedError
from parley.twilio.facts import COOKIE_SECONDS

MOST_BEFORE = 50
"""Maximum number of messages that are read of each direction of a conversation."""
_FAILED = frozenset({"failed", "undelivered", "canceled"})


@dataclass(frozen=True)
class Text:
    """A message to send; `from_` is a number, or empty if a Messaging Service sends it."""

    body: str = field(repr=False)
    media_urls: tuple[str, ...] = field(repr=False)
    from_: str = field(repr=False)
    messaging_service: str = ""
    status_callback: str = field(default="", repr=False)
    """The URL for delivery reports; empty for none."""


class Sent(NamedTuple):
    """A message that Twilio has accepted: its SID and its status."""

    sid: str
    status: str


def send(client: Any, to: str, text: Text) -> Sent:
    """Send to one recipient, once. Raises RestError."""

    def create() -> Sent:
        given = {
            "body": text.body,
            "media_url": list(text.media_urls),
            "from_": text.from_,
            "messaging_service_sid": text.messaging_service,
            "status_callback": text.status_callback,
        }
        created = client.messages.create(
            to=to, **{name: value for name, value in given.items() if value}
        )
        if created.status in _FAILED:
            words = f"the message is {created.status}"
            raise RejectedError(
                int(created.error_code or 0), 0, str(created.error_message or words)
            )
        if not created.sid:
            raise ValueError("no SID")
        return Sent(str(created.sid), str(created.status))

    return call(create)


@dataclass(frozen=True)
class Said:
    """A message of a conversation: from the sender if `is_inbound`, otherwise a reply to it."""

    at: datetime
    is_inbound: bool
    body: str = field(repr=False)
    pictures: int = 0


def said_before(client: Any, sender: str, number: str, sid: str, at: datetime) -> list[Said]:
    """Return the messages between a sender and the number before the message `sid`, in order.

    They begin after the last pause that is longer than a cookie's lifetime; `at` is the time of the
    message, or slightly later. Raises RestError.
    """

    def read() -> list[Said]:
        since = at - timedelta(days=1)
        found = []
        for to, from_, direction in (
            (number, sender, "inbound"),
            (sender, number, "outbound-reply"),
        ):
            listed = client.messages.list(
                to=to, from_=from_, date_sent_after=since, limit=MOST_BEFORE
            )
            found += [each for each in listed if each.direction == direction]
        found.sort(key=lambda each: (each.date_sent or at, each.direction != "inbound"))
        sids = [each.sid for each in found]
        before = found[: sids.index(sid)] if sid in sids else found
        return [
            Said(
                each.date_sent,
                each.direction == "inbound",
                each.body or "",
                int(each.num_media or 0),
            )
            for each in before
            if each.date_sent and each.date_sent <= at
        ]

    return _without_a_pause(call(read), at)


def _without_a_pause(said: list[Said], at: datetime) -> list[Said]:
    """Return the end of a conversation, after its last pause longer than a cookie's lifetime."""
    kept: list[Said] = []
    for each in reversed(said):
        if (at - each.at).total_seconds() > COOKIE_SECONDS:
            break
        at = each.at
        kept.insert(0, each)
    return kept
