"""A phone number of the account, and where its texts go."""

from dataclasses import dataclass, field
from typing import Any

from app.outside.rest.client import asked


class NoSuchNumber(Exception):
    """A number that the account does not own."""


@dataclass(frozen=True)
class Webhook:
    """Where a number's texts go, and where when that fails; empty where nothing is set."""

    url: str = field(repr=False)
    fallback_url: str = field(repr=False)
    method: str = "POST"
    fallback_method: str = "POST"


@dataclass(frozen=True)
class Number:
    """A number as Twilio has it; an application that is set wins over its webhook."""

    sid: str
    webhook: Webhook
    application_sid: str


def find(client: Any, number: str) -> Number:
    """The number in full, like +15551230000. Raises NoSuchNumber, and what `asked` raises.

    Twilio's filter also finds numbers that only contain this one.
    """

    def ask() -> list[Number]:
        listed = client.incoming_phone_numbers.list(phone_number=number, limit=20)
        return [_read(each) for each in listed if each.phone_number == number]

    found = asked(ask)
    if not found:
        raise NoSuchNumber
    return found[0]


def set_webhook(client: Any, sid: str, webhook: Webhook) -> Webhook:
    """Set all four values of a number; they are returned as Twilio has them then."""

    def ask() -> Number:
        return _read(
            client.incoming_phone_numbers(sid).update(
                sms_url=webhook.url,
                sms_method=webhook.method,
                sms_fallback_url=webhook.fallback_url,
                sms_fallback_method=webhook.fallback_method,
            )
        )

    return asked(ask).webhook


def _read(told: Any) -> Number:
    webhook = Webhook(
        url=told.sms_url or "",
        fallback_url=told.sms_fallback_url or "",
        method=told.sms_method or "POST",
        fallback_method=told.sms_fallback_method or "POST",
    )
    return Number(str(told.sid), webhook, told.sms_application_sid or "")
