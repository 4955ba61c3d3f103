"""Delivering one text: the webhook is asked, its answer obeyed, its fallback called."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.phone import answers
from app.phone.answers import Delivered
from app.phone.calling import MOST_REDIRECTS, Call, CallFailed, joined
from app.phone.errors import TwilioError, error
from app.phone.exchange import Request, Response, Send
from app.phone.jar import CookieJar


@dataclass(frozen=True)
class Webhook:
    """Where a number's texts go: `method` is POST or GET; the URL may carry overrides."""

    url: str = field(repr=False)
    auth_token: str = field(repr=False)
    method: str = "POST"
    fallback_url: str = field(default="", repr=False)


@dataclass
class Delivery:
    """What was sent, what came back, what is delivered, and the errors that it earned."""

    parameters: Mapping[str, str] = field(repr=False)
    attempts: list[tuple[Request, Response | None]] = field(default_factory=list, repr=False)
    messages: list[Delivered] = field(default_factory=list, repr=False)
    errors: list[TwilioError] = field(default_factory=list)
    set_cookies: list[str] = field(default_factory=list, repr=False)
    """The `Set-Cookie` headers that count: those of the webhook's own origin."""

    @property
    def response(self) -> Response | None:
        """The last answer; None where there was none."""
        return self.attempts[-1][1] if self.attempts else None


def deliver(
    webhook: Webhook, parameters: Mapping[str, str], jar: CookieJar, send: Send
) -> Delivery:
    """Deliver one text, whatever happens to it; the jar keeps the cookies of the answers."""
    call = Call(webhook.auth_token, jar, send)
    delivery = Delivery(parameters, call.attempts, set_cookies=call.kept)
    failed = _obey(delivery, call, webhook.url, webhook.method, parameters)
    if failed and webhook.fallback_url:
        told = {"ErrorCode": str(failed.code), "ErrorUrl": webhook.url.partition("#")[0]}
        _obey(delivery, call, webhook.fallback_url, webhook.method, {**parameters, **told})
    return delivery


def _obey(
    delivery: Delivery, call: Call, url: str, method: str, parameters: Mapping[str, str]
) -> TwilioError | None:
    """Do what the answer of a URL says; the error that calls for the fallback, if there is one."""
    for _ in range(MOST_REDIRECTS):
        try:
            answer = answers.read(call.ask(url, method, parameters))
            delivery.messages += answer.messages
            delivery.errors += answer.errors
            if answer.redirect is None:
                return answer.errors[0] if answer.errors and not answer.messages else None
            method, target = answer.redirect
            url = joined(url, target)
        except CallFailed as failed:
            delivery.errors.append(failed.reason)
            return failed.reason
    delivery.errors.append(error(11200, f"more than {MOST_REDIRECTS} redirects"))
    return delivery.errors[-1]
