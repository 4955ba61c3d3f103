"""A phone number of the account, and its webhook."""

from dataclasses import dataclass, field
from typing import Any

from parley.refusals import ParleyError
from parley.rest.client import call
from parley.rest.errors import RejectedError
from parley.rest.message_check import is_number_sid


class NumberNotFoundError(ParleyError):
    """Raised if the account does not own this number."""


@dataclass(frozen=True)
class Webhook:
    """The URL of a number's webhook, and its fallback URL; empty if not set."""

    url: str = field(repr=False)
    fallback_url: str = field(repr=False)
    method: str = "POST"
    fallback_method: str = "POST"


@dataclass(frozen=True)
class Number:
    """A number; an application takes precedence over its webhook."""

    sid: str
    phone_number: str = field(repr=False)
    webhook: Webhook
    application_sid: str


def find(client: Any, number: str) -> Number:
    """Find a number in full, like +15551230000, or by its SID, like PN0123….

    Raises NumberNotFoundError and RestError.
    """
    found = _by_sid(client, number) if is_number_sid(number) else _by_number(client, number)
    if found is None:
        raise NumberNotFoundError(number)
    return found


def _by_sid(client: Any, sid: str) -> Number | None:
    try:
        return call(lambda: _read(client.incoming_phone_numbers(sid).fetch()))
    except RejectedError as error:
        if error.status == 404:
            return None
        raise


def _by_number(client: Any, number: str) -> Number | None:
    """Twilio's filter also finds numbers that only contain this one."""

    def list_numbers() -> list[Number]:
        listed = client.incoming_phone_numbers.list(phone_number=number, limit=20)
        return [_read(each) for each in listed if each.phone_number == number]

    return next(iter(call(list_numbers)), None)


def set_webhook(client: Any, sid: str, webhook: Webhook) -> Webhook:
    """Set all four values of a number, and return the updated ones."""

    def update() -> Number:
        return _read(
            client.incoming_phone_numbers(sid).update(
                sms_url=webhook.url,
                sms_method=webhook.method,
                sms_fallback_url=webhook.fallback_url,
                sms_fallback_method=webhook.fallback_method,
            )
        )

    return call(update).webhook


def _read(number: Any) -> Number:
    webhook = Webhook(
        url=number.sms_url or "",
        fallback_url=number.sms_fallback_url or "",
        method=number.sms_method or "POST",
        fallback_method=number.sms_fallback_method or "POST",
    )
    return Number(
        str(number.sid), str(number.phone_number), webhook, number.sms_application_sid or ""
    )
