"""Searching Twilio's sent messages, to determine the outcome of one."""

from datetime import UTC, datetime, timedelta
from typing import Any

from parley.rest.client import call

MOST = 1_000
"""Number of messages to a person that are searched, the newest: one page of Twilio's."""
SKEW = timedelta(minutes=2)
"""Tolerated difference by which the local clock is ahead of Twilio's."""
BY_US = "outbound-api"


def sent_since(client: Any, to: str, from_: str, body: str, since: datetime) -> list[str]:
    """Return the SIDs of messages with this body that were sent with the API, the oldest first.

    Twilio's filter by time omits messages in its queue, so the time is compared here. Raises
    RestError.
    """

    def list_messages() -> list[tuple[datetime, str]]:
        listed = client.messages.list(to=to, from_=from_, limit=MOST, page_size=MOST)
        return [
            (each.date_created.astimezone(UTC), str(each.sid))
            for each in listed
            if each.direction == BY_US
            and str(each.body)
            .strip()
            .endswith(body.strip())  # in a trial, Twilio prepends a sentence
            and each.date_created.astimezone(UTC) >= since - SKEW
        ]

    return [sid for _, sid in sorted(call(list_messages))]
