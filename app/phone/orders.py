"""What the page may order: a text, or one of the things that may happen to one."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask import Response

from app.phone.delivery import Webhook
from app.phone.exchange import origin
from app.phone.guard import refusal
from app.phone.shown import OpenCookie, Segments
from app.phone.switchboard import Switchboard

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

LONGEST = {"flow": 60, "from": 60, "to": 60, "body": 10_000}
UNKEPT = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""What a refusal says of itself, also where no page of the phone is behind it to say so."""


class BadOrder(Exception):
    """An order that the page would not give; the message says what is wrong."""


@dataclass(frozen=True, kw_only=True)
class Phone:
    """What the page needs: where to text, whom to sign for, and how to read what it sees."""

    public_url: str
    auth_token: str = field(repr=False)
    flows: dict[str, str]
    """Their names, each with its summary."""
    switchboard: Switchboard
    open_cookie: OpenCookie
    segments: Segments

    def webhook(self, flow: str) -> Webhook:
        return Webhook(
            f"{self.public_url}/sms/{flow}",
            self.auth_token,
            fallback_url=f"{self.public_url}/sms/fallback",
        )

    def door(self, environ: "WSGIEnvironment") -> Response | None:
        """An answer where a request may not use the phone."""
        why = refusal(environ, self.public_url)
        return Response(f"{why}\n", 403, UNKEPT, mimetype="text/plain") if why else None


def order(given: Any) -> dict[str, str]:
    """The fields of an order, every one a text within its length. Raises BadOrder."""
    told = {}
    for name, longest in LONGEST.items():
        value = given.get(name, "") if hasattr(given, "get") else None
        if not isinstance(value, str) or len(value) > longest or not _is_text(value):
            raise BadOrder(f"{name} must be a text of at most {longest} characters.")
        told[name] = value
    if not told["from"] or not told["to"]:
        raise BadOrder("Say who texts and who is texted.")
    return told


def _is_text(value: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in value)


def text(whole: Phone, told: dict[str, str]) -> None:
    webhook = whole.webhook(told["flow"])
    whole.switchboard.text(webhook, told["from"], told["to"], told["body"])


def picture(whole: Phone, told: dict[str, str]) -> None:
    urls = [f"{origin(whole.public_url)}/phone/static/picture.svg"]
    webhook = whole.webhook(told["flow"])
    whole.switchboard.text(webhook, told["from"], told["to"], told["body"], urls)


def two(whole: Phone, told: dict[str, str]) -> None:
    webhook, bodies = whole.webhook(told["flow"]), (told["body"] or "one", told["body"] or "two")
    whole.switchboard.two_at_once(webhook, told["from"], told["to"], *bodies)


def again(whole: Phone, told: dict[str, str]) -> None:
    whole.switchboard.again(told["from"], told["to"])


def forget(whole: Phone, told: dict[str, str]) -> None:
    whole.switchboard.forget(told["from"], told["to"])


def before(whole: Phone, told: dict[str, str]) -> None:
    whole.switchboard.step_back(told["from"], told["to"])


def later(whole: Phone, _: dict[str, str]) -> None:
    whole.switchboard.later(4 * 3_600)


ORDERS = {
    "text": text,
    "picture": picture,
    "two": two,
    "again": again,
    "forget": forget,
    "before": before,
    "later": later,
}
