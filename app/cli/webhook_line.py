"""A number's webhook, as commands show it."""

from typing import Any

from app.cli.account import FAILURES, told
from app.outside.rest import services
from app.outside.rest.numbers import Number, Webhook
from app.wire.public_url import shown


def bare(url: str) -> str:
    """A URL without connection overrides, which are for Twilio alone."""
    return url.partition("#")[0]


def shown_url(url: str) -> str:
    """A URL without the secrets that it may hold: password and query."""
    head, mark, _ = shown(url).partition("?")
    return f"{head}{mark}…" if mark else head or "nothing"


def differences(before: Webhook, after: Webhook) -> list[str]:
    """A line for each of the four values, with what it was and what it becomes."""
    values = {
        "SmsUrl": (shown_url(before.url), shown_url(after.url), before.url == after.url),
        "SmsMethod": (before.method, after.method, before.method == after.method),
        "SmsFallbackUrl": (
            shown_url(before.fallback_url),
            shown_url(after.fallback_url),
            before.fallback_url == after.fallback_url,
        ),
        "SmsFallbackMethod": (
            before.fallback_method,
            after.fallback_method,
            before.fallback_method == after.fallback_method,
        ),
    }
    return [
        f"{name:18} {old}, as it is" if same else f"{name:18} {old} -> {new}"
        for name, (old, new, same) in values.items()
    ]


class Unseen(Exception):
    """Whether a Messaging Service has the number could not be seen; the message says why."""


def elsewhere(client: Any, number: Number) -> str | None:
    """What makes the number's own webhook be passed over, and what to do; None where nothing.

    Raises Unseen: a restricted API key may not permit to look.
    """
    if number.application_sid:
        return (
            f"the application {number.application_sid} decides where its texts go. Take it off "
            "the number in the Console (Phone Numbers, Configure)."
        )
    try:
        service = services.overriding(client, number.sid)
    except FAILURES as failure:
        raise Unseen(
            f"whether a Messaging Service passes the number's webhook over is not known: "
            f"{told(failure)}"
        ) from None
    if service is None:
        return None
    return (
        f"the Messaging Service {service} decides where its texts go. Let the service defer to "
        "the sender's webhook in the Console (Messaging, Services, Integration)."
    )
