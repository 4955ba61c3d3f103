"""Access to the simulator's page, which signs texts for its user."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from parley.simulator.page.access import hosts
from parley.simulator.page.actions import ACTIONS
from tests.server.running import ROOT, completed
from tests.webhook import SECRET, TOKEN, signature

URL = "http://127.0.0.1:8000"
ACTION = {"flow": "counter", "from": "+15551230001", "to": "+15559870002", "body": "hi"}
LOOK = "/phone/state?from=%2B15551230001&to=%2B15559870002"
FINE = {"Host": "127.0.0.1:8000", "Origin": URL}


@pytest.fixture
def ask(make_app: Callable[..., Flask]) -> Callable[..., TestResponse]:
    client = make_app(PARLEY_MODE="development", PUBLIC_URL=URL).test_client(use_cookies=False)

    def send(method: str, path: str, headers: dict[str, str], **more: Any) -> TestResponse:
        return client.open(path, method=method, headers=headers, **more)

    return send


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000"])
def test_this_machine_has_access_by_each_of_its_names(
    ask: Callable[..., TestResponse], host: str
) -> None:
    assert ask("GET", "/phone/", {"Host": host}).status_code == 200
    headers = {"Host": host, "Origin": f"http://{host}"}
    assert ask("POST", "/phone/forget", headers, json=ACTION).status_code == 200


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
    "path",
    ["/phone/", LOOK, "/phone/server", "/phone/static/phone.js", "/phone/x"],
)
def test_a_forwarded_request_is_rejected(
    ask: Callable[..., TestResponse], path: str, headers: dict[str, str]
) -> None:
    response = ask("GET", path, {**FINE, **headers})
    assert response.status_code == 403
    assert response.text.endswith(".\n")
    assert ask("POST", "/phone/text", {**FINE, **headers}, json=ACTION).status_code == 403


@pytest.mark.parametrize("address", ["192.168.1.7", "8.8.8.8", "::ffff:8.8.8.8", "", "x"])
def test_another_machine_is_rejected(ask: Callable[..., TestResponse], address: str) -> None:
    elsewhere = {"environ_base": {"REMOTE_ADDR": address}}
    assert ask("GET", "/phone/", FINE, **elsewhere).status_code == 403


@pytest.mark.threat("S22")
@pytest.mark.parametrize(
    "origin",
    ["", "null", "https://evil.example", "http://127.0.0.1:8001", "https://127.0.0.1:8000"],
)
def test_another_page_in_the_same_browser_is_rejected(
    ask: Callable[..., TestResponse], origin: str
) -> None:
    headers = {"Host": "127.0.0.1:8000", **({"Origin": origin} if origin else {})}
    assert ask("POST", "/phone/text", headers, json=ACTION).status_code == 403


def test_actions_must_be_posted_as_json(ask: Callable[..., TestResponse]) -> None:
    assert ask("POST", "/phone/text", FINE, data=ACTION).status_code == 403
    for action in (*ACTIONS, "explain"):
        assert ask("GET", f"/phone/{action}", FINE, query_string=ACTION).status_code == 404
    assert ask("PUT", "/phone/text", FINE, json=ACTION).status_code == 404


@pytest.mark.parametrize(
    "action",
    [
        [],
        "x",
        {},
        {**ACTION, "from": ""},
        {**ACTION, "body": 3},
        {**ACTION, "body": "x" * 10_001},
        {**ACTION, "flow": "nope"},
    ],
)
def test_an_unknown_action_is_rejected(ask: Callable[..., TestResponse], action: object) -> None:
    response = ask("POST", "/phone/text", FINE, json=action)
    assert response.status_code == 400
    assert response.text.endswith(".\n")


def test_the_page_may_load_nothing_from_other_hosts(ask: Callable[..., TestResponse]) -> None:
    response = ask("GET", "/phone/", FINE)
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'; img-src 'self' data: https:;")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "<script>" not in response.text
    assert "style=" not in response.text
    assert "onclick" not in response.text


def test_the_rest_of_the_server_requires_signatures(ask: Callable[..., TestResponse]) -> None:
    for path in ("/sms/counter", "/phone", "/phones/", "/", "//phone/", "/x/phone/"):
        assert ask("POST", path, FINE, json=ACTION).status_code == 403, path


@pytest.mark.parametrize("path", ["/", "/phone", "/?from=a", "/phone?x"])
def test_the_root_redirects_to_the_page(ask: Callable[..., TestResponse], path: str) -> None:
    response = ask("GET", path, FINE)
    assert response.status_code == 302
    assert response.headers["Location"] == "phone/", (
        "the location must be relative, for a prefix in PUBLIC_URL"
    )
    assert ask("HEAD", path, FINE).status_code == 405


@pytest.mark.parametrize("path", ["/", "/phone", "/phone/", "/phone/server"])
def test_in_production_the_page_does_not_exist(make_app: Callable[..., Flask], path: str) -> None:
    client = make_app(PUBLIC_URL="https://sms.example.com").test_client()
    assert client.get(path).status_code == 403
    signed = {"X-Twilio-Signature": signature(f"https://sms.example.com{path}")}
    assert client.get(path, headers=signed).status_code == 404


def test_the_page_asks_for_the_flows_and_the_start(make_app: Callable[..., Flask]) -> None:
    def answer() -> dict[str, Any]:
        app = make_app(PARLEY_MODE="development", PUBLIC_URL=URL)
        found = app.test_client().get("/phone/server", headers=FINE).get_json()
        assert isinstance(found, dict)
        return found

    first, second = answer(), answer()
    assert first["load_error"] == ""
    assert "counter" in [name for name, *_ in first["flows"]]
    assert first["started"] != second["started"]


def test_in_production_the_package_is_not_imported() -> None:
    script = (
        "import sys; from parley import create_app; app = create_app(); "
        "print(any(name.startswith('parley.simulator') for name in sys.modules), "
        "any(str(rule).startswith('/phone') for rule in app.url_map.iter_rules()))"
    )
    settings = {"PUBLIC_URL": "https://a.b", "TWILIO_AUTH_TOKEN": TOKEN, "SESSION_SECRET": SECRET}
    for more, expected in (
        ({}, "False False"),
        ({"PARLEY_MODE": "development", "PUBLIC_URL": URL}, "True True"),
    ):
        ended = completed(ROOT, [sys.executable, "-c", script], **{**settings, **more})
        assert (ended.returncode, ended.stdout.strip()) == (0, expected), ended.stderr


def test_the_host_must_have_the_servers_port() -> None:
    assert hosts("http://localhost:8000") == {"127.0.0.1:8000", "localhost:8000", "[::1]:8000"}
    for url in ("http://localhost", "http://127.0.0.1:80"):
        assert {"127.0.0.1", "localhost", "127.0.0.1:80"} <= hosts(url)
    assert "127.0.0.1" not in hosts("http://127.0.0.1:8000")


@pytest.mark.parametrize("method", ["post", "Post", "POST"])
def test_no_spelling_of_post_bypasses_the_checks(
    ask: Callable[..., TestResponse], method: str
) -> None:
    evil = {**FINE, "Origin": "https://evil.example"}
    raw = {"environ_overrides": {"REQUEST_METHOD": method}}
    assert ask("POST", "/phone/text", evil, json=ACTION, **raw).status_code == 403
    assert ask("POST", "/phone/text", {"Host": FINE["Host"]}, json=ACTION, **raw).status_code == 403


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_another_page_cannot_read_the_state(
    ask: Callable[..., TestResponse], headers: dict[str, str]
) -> None:
    assert ask("GET", LOOK, {**FINE, **headers}).status_code == 403


def test_two_slashes_do_not_bypass_the_checks(ask: Callable[..., TestResponse]) -> None:
    url = f"{URL}//phone/state?from=1&to=2"
    signed = {"Host": "evil.example", "X-Twilio-Signature": signature(url)}
    target = "//phone/state?from=1&to=2"
    raw = {"RAW_URI": target, "PATH_INFO": "//phone/state"}
    assert ask("GET", "/", signed, environ_overrides=raw).status_code == 403


@pytest.mark.parametrize("query", ["", "?from=", f"?from={'1' * 61}&to=2"])
def test_a_state_request_without_numbers_is_rejected(
    ask: Callable[..., TestResponse], query: str
) -> None:
    assert ask("GET", f"/phone/state{query}", FINE).status_code == 400


@pytest.mark.parametrize(
    "body", [b"[" * 60_000, b"x", b"", b"{" + b" " * 70_000 + b"}", b'{"from": "\\ud800"}']
)
def test_an_invalid_action_is_rejected_and_changes_nothing(
    ask: Callable[..., TestResponse], body: bytes
) -> None:
    response = ask("POST", "/phone/text", FINE, data=body, content_type="application/json")
    assert response.status_code == 400
    seen = ask("GET", LOOK, FINE).get_json()
    assert seen["threads"] == []


def test_a_rejection_does_not_contain_the_password(make_app: Callable[..., Flask]) -> None:
    url = "http://user:hunter2@127.0.0.1:8000"
    client = make_app(PARLEY_MODE="development", PUBLIC_URL=url).test_client()
    response = client.get("/phone/", headers={"Host": "evil.example:8000"})
    assert response.status_code == 403
    assert "hunter2" not in response.text
