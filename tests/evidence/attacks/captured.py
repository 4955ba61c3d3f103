"""An attacker captured a signed request, and sends it again with the content split differently."""

import random
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any, NamedTuple

from flask import Flask

from parley.simulator.signed_text import GET, signed_text
from tests.evidence.attacks.resplit import Split, resplits
from tests.recording_flow import Turn, recorded
from tests.webhook import ALICE, APP, PUBLIC_URL, TOKEN, environ_of

FORM = "application/x-www-form-urlencoded"
MALLORY = "+15557770000"
SHORT_CODE = "24680"
AS_JSON = f'{{"From": "{ALICE}", "To": "{APP}", "MessageSid": "SM1"}}'.encode()
VALUES = (ALICE, APP, MALLORY, SHORT_CODE, "SM1", "hi")


class Captured(NamedTuple):
    """A request from Twilio: the signed text after PUBLIC_URL, and its signature."""

    signed: str
    signature: str


def posted(path: str, body: str) -> Captured:
    """Return a text from Mallory as a form."""
    form = {
        "AccountSid": f"AC{'0' * 32}",
        "Body": body,
        "From": MALLORY,
        "FromCountry": "US",
        "MessageSid": f"SM{'a' * 32}",
        "NumMedia": "0",
        "To": APP,
    }
    request = signed_text(PUBLIC_URL + path, form, TOKEN)
    split = Split(path, tuple(form.items()))
    return Captured(split.signed, request.headers["X-Twilio-Signature"])


def got(path: str, body: str) -> Captured:
    """Return a text from Mallory as the query of a GET."""
    query = {"Body": body, "From": MALLORY, "MessageSid": f"SM{'a' * 32}", "To": APP}
    request = signed_text(PUBLIC_URL + path, query, TOKEN, kind=GET)
    target = request.url.removeprefix(PUBLIC_URL)
    return Captured(target, request.headers["X-Twilio-Signature"])


AS_FORM = f"hiFrom{ALICE}MessageSidSM1To{APP}Z"
AS_QUERY = f"hi&From=%2B{ALICE[1:]}&MessageSid=SM1&To=%2B{APP[1:]}&"
HASH = f"&bodySHA256={sha256(AS_JSON).hexdigest()}&"
CAPTURED = {
    "a form": posted("/sms/recorder", AS_FORM),
    "a form to a flow with a longer name": posted("/sms/recorder-two", AS_FORM),
    "a form to a URL with a query": posted("/sms/recorder?x=1", f"{AS_QUERY}{HASH}"),
    "a GET": got("/sms/recorder", f"hiFrom{SHORT_CODE}MessageSidSM1To{SHORT_CODE}Z"),
}
"""Mallory's texts for this attack; he controls only the body."""


class Sent(NamedTuple):
    """A request, the status of its response, and the turn of a recording flow, if there was one."""

    split: Split
    status: int
    turn: Turn | None

    @property
    def is_as_it_reads(self) -> bool:
        """Whether the flow received what the request says, or the request was rejected."""
        if self.turn is None:
            return self.status in (400, 403, 404)
        given = (self.split.flow, self.split.value("From"), self.split.value("To"))
        return self.status == 200 and self.turn.conversation == given


def send_splits(
    app: Flask, captured: Captured, cookie: str, elsewhere: int | None = None, every: int = 1
) -> Iterator[Sent]:
    """Send all splits that have the same signature, by POST and by GET, with this cookie.

    Sends at most `elsewhere` requests for each path without a flow, and one of `every` requests
    that are incomplete; after forty complete ones, one of four, unless `every` is 1.
    """
    complete = 0
    for number, split in enumerate(resplits(captured.signed, VALUES, elsewhere)):
        complete += split.is_complete
        wanted = split.is_complete and (every == 1 or complete <= 40 or complete % 4 == 0)
        if number % every == 0 or wanted:
            method = random.choice(("POST", "GET"))
            yield send(app, split, captured.signature, cookie, method)


def send_as_json(app: Flask, captured: Captured, cookie: str) -> Sent:
    """Send the signed text as a target, with a body of the attacker's choice."""
    split = Split(captured.signed, ())
    return send(app, split, captured.signature, cookie, "POST", ("application/json", AS_JSON))


def send(
    app: Flask,
    split: Split,
    signature: str,
    cookie: str,
    method: str = "POST",
    body: tuple[str, bytes] | None = None,
    settings: str = "",
) -> Sent:
    """Send one request; `settings` is the header with the algorithm."""
    kind, content = body or ((FORM, split.body) if split.pairs else ("", b""))
    statuses: list[str] = []

    def start(status: str, *_: Any) -> Callable[[bytes], object]:
        statuses.append(status)
        return len  # the application does not use it

    headers = {
        "Content-Type": kind,
        "Cookie": cookie,
        "X-Twilio-Signature": signature,
        "X-Twilio-Webhooks-Signature-Settings": settings,
    }
    b"".join(app(environ_of(method, split.target, headers.items(), content), start))
    turns = recorded()
    assert len(turns) <= 1
    return Sent(split, int(statuses[0][:3]), turns[0] if turns else None)
