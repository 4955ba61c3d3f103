"""The URLs of a server, its flows and a number's webhook, for commands."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import click

from parley.cli.credentials import environment
from parley.request import PREFIX
from parley.rest import messaging_services
from parley.rest.error_advice import explanation
from parley.rest.errors import RestError
from parley.rest.messaging_services import ManyServicesError
from parley.rest.numbers import Number, Webhook
from parley.settings.environment import Source
from parley.twilio.url_spellings import without_password


def public_url(given: str | None = None) -> str:
    """Return the URL of the server, given or from the settings, without a slash at its end."""
    url = given or Source(environment()).text("PUBLIC_URL")
    if not url:
        raise click.ClickException(
            "PUBLIC_URL is not set and there is no var/development.env: start the server with "
            "`make run`, in this folder, or set PUBLIC_URL."
        )
    try:
        usable = url.startswith(("http://", "https://")) and urlsplit(url).port != 0
    except ValueError:
        usable = False
    if not usable:
        raise click.ClickException(
            "The URL of the server begins with https:// or http://, and its port is a number."
        )
    return url.rstrip("/")


def webhook(flow: str, url: str | None) -> str:
    """Return the whole URL of a flow, or of all of them (`/sms`).

    `url` is the server's or the flow's. A fragment with connection overrides is kept.
    """
    path = PREFIX[:-1] if flow.rstrip("/") == PREFIX[:-1] else f"{PREFIX}{flow}"
    server, mark, overrides = public_url(url).partition("#")
    if "?" in server:
        raise click.ClickException("The URL of the server ends before the path of a flow: no `?`.")
    return server.rstrip("/").removesuffix(path) + path + mark + overrides


def without_overrides(url: str) -> str:
    """Return a URL without its fragment: the connection overrides are for Twilio alone."""
    return url.partition("#")[0]


def shown_url(url: str) -> str:
    """Return a URL without the secrets that it may contain: password and query."""
    head, mark, _ = without_password(url).partition("?")
    return f"{head}{mark}…" if mark else head or "nothing"


NUMBER_FIELDS = ("SmsUrl", "SmsMethod", "SmsFallbackUrl", "SmsFallbackMethod")
SERVICE_FIELDS = ("InboundRequestUrl", "InboundMethod", "FallbackUrl", "FallbackMethod")
"""Twilio's names for the four values of a webhook."""


def differences(before: Webhook, after: Webhook, names: Sequence[str] = NUMBER_FIELDS) -> list[str]:
    """Return a line for each of the four values, with the old and the new value."""
    old, new = _values(before), _values(after)
    return [
        f"{name:18} {shown_url(was)}, unchanged"
        if was == becomes
        else f"{name:18} {shown_url(was)} -> {shown_url(becomes)}"
        for name, was, becomes in zip(names, old, new, strict=True)
    ]


def _values(webhook: Webhook) -> tuple[str, ...]:
    return webhook.url, webhook.method, webhook.fallback_url, webhook.fallback_method


_UNKNOWN = "whether a Messaging Service overrides the number's webhook is not known"


class ServicesUnknownError(Exception):
    """Raised if the Messaging Services could not be read; the message says why."""


def all_flows(public_url: str) -> str:
    """Return the URL of the webhook of all flows, without a slash at its end."""
    return f"{public_url}{PREFIX[:-1]}"


def is_below(url: str, public_url: str) -> bool:
    """Return whether a webhook is one of this server's: that of all flows, or of one."""
    bare = without_overrides(url)
    return bare == all_flows(public_url) or bare.startswith(f"{public_url}{PREFIX}")


def overriding(client: Any, number: Number, wanted_url: str) -> str | None:
    """Return what overrides the number's webhook, and what to do; None if nothing does.

    A Messaging Service with the wanted URL does not count. Raises ServicesUnknownError: a
    restricted API key may not be allowed to read the services.
    """
    if number.application_sid:
        return (
            f"the application {number.application_sid} decides where its texts go. Take it off "
            "the number in the Console (Phone Numbers, Configure)."
        )
    try:
        service = messaging_services.overriding_service(client, number.sid)
    except RestError as error:
        raise ServicesUnknownError(f"{_UNKNOWN}: {explanation(error)}") from None
    except ManyServicesError:
        raise ServicesUnknownError(
            f"{_UNKNOWN}: the account has more than {messaging_services.MOST} services, and only "
            "those were searched. Look at the number in the Console (Phone Numbers, Configure)."
        ) from None
    if service is None or without_overrides(service.webhook.url) == wanted_url:
        return None
    return (
        f"the Messaging Service {service.sid} decides where its texts go. Let the service defer to "
        "the sender's webhook in the Console (Messaging, Services, Integration), or connect the "
        f"service: `parley connect {service.sid}`."
    )
