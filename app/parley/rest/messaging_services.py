"""Messaging Services and their webhooks: a service's URL can override those of its numbers."""

from dataclasses import dataclass
from typing import Any

from parley.refusals import ParleyError
from parley.rest.client import call
from parley.rest.errors import RejectedError
from parley.rest.numbers import Webhook

MOST = 20
"""Maximum number of services that are searched for a number, with one request each."""


class ServiceNotFoundError(ParleyError):
    """Raised if the account does not have this Messaging Service."""


class ManyServicesError(ParleyError):
    """Raised if the searched Messaging Services do not have a number, but there are more."""


@dataclass(frozen=True)
class Service:
    """A Messaging Service; if it `defers`, its numbers' webhooks are called."""

    sid: str
    webhook: Webhook
    defers: bool


def find(client: Any, sid: str) -> Service:
    """Find a service by its SID, like MG0123…. Raises ServiceNotFoundError and RestError."""
    try:
        return call(lambda: _read(client.messaging.v1.services(sid).fetch()))
    except RejectedError as error:
        if error.status == 404:
            raise ServiceNotFoundError(sid) from None
        raise


def set_webhook(client: Any, sid: str, webhook: Webhook) -> Service:
    """Set the webhook of a service, for all its numbers; return the updated service."""

    def update() -> Service:
        return _read(
            client.messaging.v1.services(sid).update(
                inbound_request_url=webhook.url,
                inbound_method=webhook.method,
                fallback_url=webhook.fallback_url,
                fallback_method=webhook.fallback_method,
                use_inbound_webhook_on_number=False,
            )
        )

    return call(update)


def overriding_service(client: Any, number_sid: str) -> Service | None:
    """Return the service whose URL is called instead of the number's; None if none is.

    It has the number, and does not defer to the number's webhook
    (`use_inbound_webhook_on_number`). Raises RestError, and ManyServicesError if there are more
    than 20 services, of which the first 20 do not have the number.
    """

    def list_services() -> list[Service]:
        return [_read(each) for each in client.messaging.v1.services.list(limit=MOST + 1)]

    services = call(list_services)
    for service in services[:MOST]:
        if not service.defers and _has(client, service.sid, number_sid):
            return service
    if len(services) > MOST:
        raise ManyServicesError
    return None


def _has(client: Any, sid: str, number_sid: str) -> bool:
    try:
        call(lambda: client.messaging.v1.services(sid).phone_numbers(number_sid).fetch())
    except RejectedError as error:
        if error.status == 404:
            return False
        raise
    return True


def _read(service: Any) -> Service:
    webhook = Webhook(
        url=service.inbound_request_url or "",
        fallback_url=service.fallback_url or "",
        method=service.inbound_method or "POST",
        fallback_method=service.fallback_method or "POST",
    )
    return Service(str(service.sid), webhook, bool(service.use_inbound_webhook_on_number))
