"""The phone signs for whoever opens it: who may."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.phone.guard import hosts
from tests.server.running import ROOT, clean_environ
from tests.twilio import SECRET, TOKEN, signature

URL = "http://127.0.0.1:8000"
ORDER = {"flow": "counter", "from": "+15551230001", "to": "+15559870002", "body": "hi"}
FINE = {"Host": "127.0.0.1:8000", "Origin": URL}


@pytest.fixture
def ask(make_app: Callable[..., Flask]) -> Callable[..., TestResponse]:
    client = make_app(PARLEY_MODE="development", PUBLIC_URL=URL).test_client(use_cookies=False)

    def send(method: str, path: str, headers: dict[str, str], **more: Any) -> TestResponse:
        return client.open(path, method=method, headers=headers, **more)

    return send


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000"])
def test_this_machine_may_by_each_of_its_names(ask: Callable[..., TestResponse], host: str) -> None:
    assert ask("GET", "/phone/", {"Host": host}).status_code == 200
    headers = {"Host": host, "Origin": f"http://{host}"}
    assert ask("POST", "/phone/forget", headers, json=ORDER).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example:8000"},
        {"Host": "127.0.0.1:8001"},
        {"Host": "127.0.0.1"},
        {"Host": ""},
        {"Forwarded": "for=1.2.3.4"},
        {"X-Forwarded-For": "1.2.3.4"},
        {"X-Forwarded-Proto": "https"},
        {"X-Forwarded-Host": "127.0.0.1:8000"},
        {"Via": "1.1 tunnel"},
        {"CF-Connecting-IP": "1.2.3.4"},
    ],
)
@pytest.mark.parametrize(
    "path", ["/phone/", "/phone/state?from=1&to=2", "/phone/static/phone.js", "/phone/x"]
)
def test_who_came_another_way_is_refused(
    ask: Callable[..., TestResponse], path: str, headers: dict[str, str]
) -> None:
    response = ask("GET", path, {**FINE, **headers})
    assert response.status_code == 403
    assert response.text.endswith(".\n")
    assert ask("POST", "/phone/text", {**FINE, **headers}, json=ORDER).status_code == 403


@pytest.mark.parametrize("address", ["192.168.1.7", "8.8.8.8", "::ffff:8.8.8.8", "", "x"])
def test_another_machine_is_refused(ask: Callable[..., TestResponse], address: str) -> None:
    elsewhere = {"environ_base": {"REMOTE_ADDR": address}}
    assert ask("GET", "/phone/", FINE, **elsewhere).status_code == 403


@pytest.mark.threat("S22")
@pytest.mark.parametrize(
    "origin",
    ["", "null", "https://evil.example", "http://127.0.0.1:8001", "https://127.0.0.1:8000"],
)
def test_another_page_in_the_same_browser_is_refused(
    ask: Callable[..., TestResponse], origin: str
) -> None:
    headers = {"Host": "127.0.0.1:8000", **({"Origin": origin} if origin else {})}
    assert ask("POST", "/phone/text", headers, json=ORDER).status_code == 403


def test_orders_are_json_and_posted(ask: Callable[..., TestResponse]) -> None:
    assert ask("POST", "/phone/text", FINE, data=ORDER).status_code == 403
    for order in ("text", "picture", "two", "again", "forget", "before", "later"):
        assert ask("GET", f"/phone/{order}", FINE, query_string=ORDER).status_code == 404
    assert ask("PUT", "/phone/text", FINE, json=ORDER).status_code == 404


@pytest.mark.parametrize(
    "order",
    [
        [],
        "x",
        {},
        {**ORDER, "from": ""},
        {**ORDER, "body": 3},
        {**ORDER, "body": "x" * 10_001},
        {**ORDER, "flow": "nope"},
    ],
)
def test_an_odd_order_is_refused(ask: Callable[..., TestResponse], order: object) -> None:
    response = ask("POST", "/phone/text", FINE, json=order)
    assert response.status_code == 400
    assert response.text.endswith(".\n")


def test_the_page_may_load_nothing_from_elsewhere(ask: Callable[..., TestResponse]) -> None:
    response = ask("GET", "/phone/", FINE)
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'; img-src 'self' data: https:;")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "<script>" not in response.text
    assert "style=" not in response.text
    assert "onclick" not in response.text


def test_the_rest_of_the_server_is_guarded_as_ever(ask: Callable[..., TestResponse]) -> None:
    for path in ("/sms/counter", "/phone", "/phones/", "/", "//phone/", "/x/phone/"):
        assert ask("POST", path, FINE, json=ORDER).status_code == 403, path


def test_in_production_the_package_is_not_even_imported() -> None:
    script = (
        "import sys; from app import create_app; app = create_app(); "
        "print(any(name.startswith('app.phone') for name in sys.modules), "
        "any(str(rule).startswith('/phone') for rule in app.url_map.iter_rules()))"
    )
    settings = {"PUBLIC_URL": "https://a.b", "TWILIO_AUTH_TOKEN": TOKEN, "SESSION_SECRET": SECRET}
    for more, expected in (
        ({}, "False False"),
        ({"PARLEY_MODE": "development", "PUBLIC_URL": URL}, "True True"),
    ):
        ended = subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env=clean_environ(**{**settings, **more}),
            capture_output=True,
            text=True,
            check=True,
        )
        assert ended.stdout.strip() == expected, ended.stderr


def test_the_names_of_this_machine_have_its_port() -> None:
    assert hosts("http://localhost:8000") == {"127.0.0.1:8000", "localhost:8000", "[::1]:8000"}
    for url in ("http://localhost", "http://127.0.0.1:80"):
        assert {"127.0.0.1", "localhost", "127.0.0.1:80"} <= hosts(url)
    assert "127.0.0.1" not in hosts("http://127.0.0.1:8000")


@pytest.mark.parametrize("method", ["post", "Post", "POST"])
def test_no_spelling_of_post_goes_around_the_checks(
    ask: Callable[..., TestResponse], method: str
) -> None:
    evil = {**FINE, "Origin": "https://evil.example"}
    raw = {"environ_overrides": {"REQUEST_METHOD": method}}
    assert ask("POST", "/phone/text", evil, json=ORDER, **raw).status_code == 403
    assert ask("POST", "/phone/text", {"Host": FINE["Host"]}, json=ORDER, **raw).status_code == 403


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_another_page_does_not_even_look(
    ask: Callable[..., TestResponse], headers: dict[str, str]
) -> None:
    assert ask("GET", "/phone/state?from=1&to=2", {**FINE, **headers}).status_code == 403


def test_two_slashes_lead_to_the_same_door(ask: Callable[..., TestResponse]) -> None:
    url = f"{URL}//phone/state?from=1&to=2"
    signed = {"Host": "evil.example", "X-Twilio-Signature": signature(url)}
    target = "//phone/state?from=1&to=2"
    raw = {"RAW_URI": target, "PATH_INFO": "//phone/state"}
    assert ask("GET", "/", signed, environ_overrides=raw).status_code == 403


@pytest.mark.parametrize("query", ["", "?from=", f"?from={'1' * 61}&to=2"])
def test_looking_at_nobody_is_refused(ask: Callable[..., TestResponse], query: str) -> None:
    assert ask("GET", f"/phone/state{query}", FINE).status_code == 400


@pytest.mark.parametrize(
    "body", [b"[" * 60_000, b"x", b"", b"{" + b" " * 70_000 + b"}", b'{"from": "\\ud800"}']
)
def test_an_order_that_is_none_is_refused_and_changes_nothing(
    ask: Callable[..., TestResponse], body: bytes
) -> None:
    response = ask("POST", "/phone/text", FINE, data=body, content_type="application/json")
    assert response.status_code == 400
    seen = ask("GET", "/phone/state?from=1&to=2", FINE).get_json()
    assert seen["threads"] == []


def test_a_password_is_not_told_to_who_is_refused(make_app: Callable[..., Flask]) -> None:
    url = "http://user:hunter2@127.0.0.1:8000"
    client = make_app(PARLEY_MODE="development", PUBLIC_URL=url).test_client()
    response = client.get("/phone/", headers={"Host": "evil.example:8000"})
    assert response.status_code == 403
    assert "hunter2" not in response.text
