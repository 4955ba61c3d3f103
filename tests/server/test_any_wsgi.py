"""`wsgi:app` with other WSGI servers: the contract's table, signatures and a conversation."""

import base64
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests import webhook
from tests.server.running import (
    ROOT,
    Server,
    clean_environ,
    free_port,
    process,
    wait_until_healthy,
)
from tests.test_refusals import REFUSALS
from tests.twilio.test_signature import FORM, VECTORS, split
from tests.webhook import TOKEN, message, signature

PUBLIC_URL = "https://example.com"
SETTINGS = {**webhook.SETTINGS, "PUBLIC_URL": PUBLIC_URL}
Ask = Callable[..., tuple[int, str, list[str]]]
"""Takes method, target, body and headers; returns status, body and `Set-Cookie` headers."""

COMMANDS = {
    "gunicorn": [sys.executable, "-m", "parley", "-c", str(ROOT / "gunicorn.conf.py"), "--bind"],
    "granian": ["granian", "--interface", "wsgi", "--workers", "1", "--host", "127.0.0.1"],
    "waitress": ["waitress-serve", "--listen"],
}


@contextmanager
def served_by(name: str, folder: Path) -> Iterator[Ask]:
    """Run a real server of that name in the project's folder, until the end of the block."""
    port = free_port()
    command = list(COMMANDS[name])
    if name != "gunicorn":
        command[0] = str(Path(sys.executable).with_name(command[0]))
    command += {
        "gunicorn": [f"127.0.0.1:{port}"],
        "granian": ["--port", str(port), "wsgi:app"],
        "waitress": [f"127.0.0.1:{port}", "wsgi:app"],
    }[name]
    environ = clean_environ(**SETTINGS)
    with (folder / "log").open("wb") as log, process(command, ROOT, log, env=environ) as running:
        server = Server(port, running, folder / "log")
        wait_until_healthy(server)
        yield server.ask


@contextmanager
def invoked() -> Iterator[Ask]:
    """Call an AWS Lambda handler, by the adapter apig-wsgi, as API Gateway's HTTP API does."""
    from apig_wsgi import make_lambda_handler

    from parley import Settings, create_app

    handler = make_lambda_handler(create_app(Settings.load(SETTINGS)), binary_support=True)

    def ask(
        method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, str, list[str]]:
        path, _, query = target.partition("?")
        given = {name.lower(): value for name, value in (headers or {}).items()}
        cookie = given.pop("cookie", "")
        event = {
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": query,
            "cookies": cookie.split("; ") if cookie else [],
            "headers": {"host": "example.com", "content-length": str(len(body)), **given},
            "requestContext": {
                "http": {
                    "method": method,
                    "path": path,
                    "sourceIp": "127.0.0.1",
                    "protocol": "HTTP/1.1",
                }
            },
            "body": base64.b64encode(body).decode(),
            "isBase64Encoded": True,
        }
        answer = handler(event, None)
        text = answer.get("body", "")
        if answer.get("isBase64Encoded"):
            text = base64.b64decode(text).decode()
        return answer["statusCode"], text, answer.get("cookies", [])

    yield ask


LIVE = [pytest.param(each, marks=pytest.mark.live) for each in ("gunicorn", "granian")]


@pytest.fixture(scope="module", params=[*LIVE, "waitress", "lambda"])
def ask(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    if request.param == "lambda":
        with invoked() as ask:
            yield ask
    else:
        with served_by(request.param, tmp_path_factory.mktemp(request.param)) as ask:
            yield ask


def signed(target: str, form: dict[str, Any] | None = None, **more: str) -> dict[str, str]:
    typed = {"Content-Type": FORM} if form else {}
    return {"X-Twilio-Signature": signature(PUBLIC_URL + target, form), **typed, **more}


def text(ask: Ask, body: str, cookie: str = "", **more: Any) -> tuple[str, str]:
    """Send one signed text to the counter; return its TwiML and cookie."""
    form = message(body, **more)
    headers = signed("/sms/counter", form, **({"Cookie": cookie} if cookie else {}))
    status, twiml, cookies = ask("POST", "/sms/counter", urlencode(form).encode(), headers)
    assert status == 200, twiml
    return twiml, cookies[0].partition(";")[0]


def test_a_conversation_continues(ask: Ask) -> None:
    twiml, cookie = text(ask, "hi")
    assert "Hello, thanks for the new message!" in twiml
    for count in range(1, 5):
        twiml, cookie = text(ask, "ümläut 😀" * 100, cookie)
        assert f"Your current count is {count}<" in twiml
    twiml, _ = text(ask, "hi", cookie, from_="+15551230009")
    assert "Hello" in twiml, "the cookie of another pair opened"


SENT = [
    *("a request line too long", "headers too large", "too many headers", "a body too large"),
    *(
        "PUT",
        "OPTIONS",
        "no such flow",
        "nothing but a signature",
        "a form that is not valid UTF-8",
    ),
    "JSON without its hash",
]
ROWS = [
    *(row for row in REFUSALS if row[0] in SENT),
    ("health", "GET", "/healthz", {}, 200, 200),
    ("health for a monitor", "HEAD", "/health", {}, 200, 200),
]


@pytest.mark.parametrize("is_signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_table_of_the_contract(ask: Ask, row: Any, is_signed: bool) -> None:
    _, method, target, more, unsigned_status, signed_status = row
    given = {**more.get("headers", {}), **(signed(target) if is_signed else {})}
    body = more.get("data", b"")
    if body:
        given["Content-Type"] = more["content_type"]
    elif "json" in more:
        given["Content-Type"], body = "application/json", json.dumps(more["json"]).encode()
    status, _, cookies = ask(method, target, body, given)
    assert status == (signed_status if is_signed else unsigned_status)
    assert cookies == []


def test_the_table_is_complete() -> None:
    assert len(ROWS) == len(SENT) + 2


def carried() -> list[dict[str, Any]]:
    """Return the vectors of one public URL and token that an HTTP client can send unchanged."""
    return [
        vector
        for vector in VECTORS
        if split(vector["url"])[0] == PUBLIC_URL
        and vector["auth_token"] == TOKEN
        and vector["url"].isascii()
        and vector["url"].isprintable()
        and not {" ", "#"} & set(vector["url"])
        and split(vector["url"])[1].startswith("/")
        and vector["signature"].isascii()
        and vector["signature"].isprintable()
        and vector["signature"] == vector["signature"].strip()
    ]


NOT_AS_THEY_ARRIVED = {
    "granian": {"/a\\b"},
    "lambda": {"/a\\b"},
}
"""Targets that a server changes before the application gets them; no flow has such a path."""


def test_the_signature_vectors(ask: Ask, request: pytest.FixtureRequest) -> None:
    name = request.node.callspec.params["ask"]
    vectors = carried()
    assert len(vectors) > 100
    wrong = []
    for vector in vectors:
        _, target = split(vector["url"])
        headers = {"X-Twilio-Signature": vector["signature"]}
        body = b""
        if "body" in vector:
            headers["Content-Type"] = "application/octet-stream"
            body = vector["body"].encode()
        elif vector["method"] == "POST":
            headers["Content-Type"] = FORM
            body = urlencode(vector["params"], doseq=True).encode()
        status, _, _ = ask(vector["method"], target, body, headers)
        odd = target in NOT_AS_THEY_ARRIVED.get(name, ())
        if (status != 403) is not (vector["expect"] and not odd):
            wrong.append(f"{vector['id']} {target}: {status}")
    assert wrong == []
