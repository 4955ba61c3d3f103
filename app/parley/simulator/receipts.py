"""Delivery receipts: Twilio's reports about a reply, with a chosen fate.

Source: https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
"""

from urllib.parse import urljoin

from parley.http_client import NotAnswered, NotConnected, Request, Response, Send, Timeouts
from parley.simulator.delivery import Webhook
from parley.simulator.reported_errors import TwilioError
from parley.simulator.signed_text import signed_text
from parley.twilio.facts import ERRORS

DELIVERED, UNDELIVERED, FAILED = "delivered", "undelivered", "failed"
FATES: dict[str, tuple[str, int]] = {
    DELIVERED: (DELIVERED, 0),
    "30003": (UNDELIVERED, 30003),
    "30004": (UNDELIVERED, 30004),
    "30005": (UNDELIVERED, 30005),
    "30006": (UNDELIVERED, 30006),
    "30007": (UNDELIVERED, 30007),
    "30008": (UNDELIVERED, 30008),
    "30034": (UNDELIVERED, 30034),
    "30001": (FAILED, 30001),
}
"""The last status of a message and its error, 0 for none, by the name of its fate."""


def fate_error(fate: str) -> TwilioError | None:
    """Return the error of a message with this fate; None if it arrives."""
    _, code = FATES[fate]
    return TwilioError(code, ERRORS[code], "") if code else None


def report(
    callback: str, webhook: Webhook, message: dict[str, str], fate: str, send: Send
) -> list[tuple[Request, Response | None]]:
    """Report on a message with these parameters: `sent`, then its last status.

    `callback` is the URL of its `statusCallback`, which may be relative to the webhook's.
    """
    last, code = FATES[fate]
    try:
        url = urljoin(webhook.url, callback)
    except ValueError:
        return []
    reports: list[tuple[Request, Response | None]] = []
    for status in ("sent", last) if last != FAILED else (last,):
        told = {**message, "MessageStatus": status, "SmsStatus": status}
        if code and status == last:
            told["ErrorCode"] = str(code)
        request = signed_text(url, told, webhook.auth_token)
        try:
            reports.append((request, send(request, Timeouts())))
        except (NotConnected, NotAnswered):
            reports.append((request, None))
    return reports
