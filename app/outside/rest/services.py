"""The Messaging Service that a number is in: its own URL may win over the number's."""

from typing import Any

from app.outside.rest.client import asked
from app.outside.rest.failures import Refused

MOST = 20
"""Services that are asked whether they have the number, each in a request."""


def overriding(client: Any, number_sid: str) -> str | None:
    """The SID of the service whose URL is called instead of the number's; None where none is.

    Such is one that has the number and does not leave its webhook to it
    (`use_inbound_webhook_on_number`). Only the first 20 of them are asked. Raises what `asked`
    raises.
    """

    def ask() -> list[str]:
        listed = client.messaging.v1.services.list(limit=MOST)
        return [str(each.sid) for each in listed if not each.use_inbound_webhook_on_number]

    return next((sid for sid in asked(ask) if _has(client, sid, number_sid)), None)


def _has(client: Any, sid: str, number_sid: str) -> bool:
    try:
        asked(lambda: client.messaging.v1.services(sid).phone_numbers(number_sid).fetch())
    except Refused as refused:
        if refused.status == 404:
            return False
        raise
    return True
