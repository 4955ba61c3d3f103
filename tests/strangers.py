"""A stranger who has seen one signed request, and sends it again in other shapes."""

import random
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Flask

from tests.resplit import Split, resplits
from tests.twilio import ALICE, APP, PUBLIC_URL, signature
from tests.witness import Turn, heard

FORM = "application/x-www-form-urlencoded"
MALLORY = "+15557770000"
SHORT_CODE = "24680"
AS_JSON = f'{{"From": "{ALICE}", "To": "{APP}", "MessageSid": "SM1"}}'.encode()
VALUES = (ALICE, APP, MALLORY, SHORT_CODE, "SM1", "hi")


class Captured(NamedTuple):
    """A request of Twilio's: what was signed behind PUBLIC_URL, and its signature."""

    signed: str
    signature: str


def posted(path: str, words: str) -> Captured:
    """A text of Mallory's as a form, with these words of his."""
    form = {
        "AccountSid": f"AC{'0' * 32}",
        "Body": words,
        "From": MALLORY,
        "FromCountry": "US",
        "MessageSid": f"SM{'a' * 32}",
        "NumMedia": "0",
        "To": APP,
    }
    whole = Split(path, tuple(form.items()))
    return Captured(whole.signed, signature(PUBLIC_URL + path, form))


def got(path: str, words: str) -> Captured:
    """A text of Mallory's as the query of a GET."""
    query = {"Body": words, "From": MALLORY, "MessageSid": f"SM{'a' * 32}", "To": APP}
    target = f"{path}?{urlencode(query)}"
    return Captured(target, signature(PUBLIC_URL + target))


AS_FORM = f"hiFrom{ALICE}MessageSidSM1To{APP}Z"
AS_QUERY = f"hi&From=%2B{ALICE[1:]}&MessageSid=SM1&To=%2B{APP[1:]}&"
HASH = f"&bodySHA256={sha256(AS_JSON).hexdigest()}&"
CAPTURED = {
    "a form": posted("/sms/witness", AS_FORM),
    "a form to a flow with a longer name": posted("/sms/witness-two", AS_FORM),
    "a form to a URL with a query": posted("/sms/witness?x=1", f"{AS_QUERY}{HASH}"),
    "a GET": got("/sms/witness", f"hiFrom{SHORT_CODE}MessageSidSM1To{SHORT_CODE}Z"),
}
"""What Mallory texts so that he may send it otherwise; he chooses his words, and nothing else."""


class Sent(NamedTuple):
    """A request, the status of its answer, and the turn that came of it."""

    split: Split
    status: int
    turn: Turn | None

    @property
    def is_as_it_reads(self) -> bool:
        """Whether it was heard as what it says of itself, or refused and heard by nobody."""
        if self.turn is None:
            return self.status in (400, 403, 404)
        says = (self.split.flow, self.split.says("From"), self.split.says("To"))
        return self.status == 200 and self.turn.conversation == says


def sent(
    app: Flask, captured: Captured, cookie: str, elsewhere: int | None = None, every: int = 1
) -> Iterator[Sent]:
    """Send it again in every shape that signs alike, by POST and by GET, with this cookie.

    At most `elsewhere` for each path that leads to no flow, and one of `every` so many of those
    that are not whole.
    """
    for number, split in enumerate(resplits(captured.signed, VALUES, elsewhere)):
        if number % every == 0 or split.is_whole:
            method = random.choice(("POST", "GET"))
            yield send(app, split, captured.signature, cookie, method)


def sent_as_json(app: Flask, captured: Captured, cookie: str) -> Sent:
    """Send all that was signed as a target, with a body of one's own."""
    split = Split(captured.signed, ())
    return send(app, split, captured.signature, cookie, "POST", ("application/json", AS_JSON))


def send(
    app: Flask,
    split: Split,
    signed: str,
    cookie: str,
    method: str = "POST",
    body: tuple[str, bytes] | None = None,
    settings: str = "",
) -> Sent:
    """One request, as a WSGI server hands it over; `settings` is the header that names the
    algorithm.
    """
    kind, content = body or ((FORM, split.body) if split.pairs else ("", b""))
    statuses: list[str] = []

    def start(status: str, *_: Any) -> Callable[[bytes], object]:
        statuses.append(status)
        return len  # nobody writes by it

    environ = {
        **environ_of(split.target, method, kind, content),
        "HTTP_COOKIE": cookie,
        "HTTP_X_TWILIO_SIGNATURE": signed,
        "HTTP_X_TWILIO_WEBHOOKS_SIGNATURE_SETTINGS": settings,
    }
    answer: Iterable[bytes] = app(environ, start)
    b"".join(answer)
    turns = heard()
    assert len(turns) <= 1
    return Sent(split, int(statuses[0][:3]), turns[0] if turns else None)


def environ_of(target: str, method: str, kind: str, content: bytes) -> dict[str, Any]:
    path, _, query = target.partition("?")
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "RAW_URI": target,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "CONTENT_TYPE": kind,
        "CONTENT_LENGTH": str(len(content)),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(content),
    }
