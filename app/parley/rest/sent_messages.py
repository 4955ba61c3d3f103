"""Asking Twilio which messages were sent, to find out what became of one."""

from datetime import UTC, datetime, timedelta
from typing import Any

from parley.rest.client import call

MOST = 1_000
"""Messages to one person that are looked at, the newest: one page of Twilio's."""
SKEW = timedelta(minutes=2)
"""How much later our clock may be than Twilio's."""
BY_US = "outbound-api"


def sent_since(client: Any, to: str, from_: str, body: str, since: datetime) -> list[str]:
    """The SIDs of messages with this body that the REST interface has sent, the oldest first.

    Twilio's own filter by time leaves out those that still wait in its queue, so that the time is
    compared here. Raises RestError.
    """

    def list_messages() -> list[tuple[datetime, str]]:
        listed = client.messages.list(to=to, from_=from_, limit=MOST, page_size=MOST)
        return [
            (each.date_created.astimezone(UTC), str(each.sid))
            for each in listed
            if each.direction == BY_US
            and str(each.body).strip().endswith(body.strip())  # of a trial, Twilio's words precede
            and each.date_created.astimezone(UTC) >= since - SKEW
        ]

    return [sid for _, sid in sorted(call(list_messages))]
