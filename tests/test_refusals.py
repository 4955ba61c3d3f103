"""The checks before every flow: a table of refusals, and unsigned requests to every route."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.webhook import PUBLIC_URL, Twilio, message, signature

FORM = "application/x-www-form-urlencoded"
MIB = 1_048_576


@pytest.fixture
def ask(app: Flask) -> Callable[..., TestResponse]:
    """Send one request exactly as given; if `signed`, with a signature for its target."""

    def send(
        method: str,
        target: str,
        *,
        signed: bool,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> TestResponse:
        given = {"X-Twilio-Signature": signature(PUBLIC_URL + target)} if signed else {}
        return app.test_client(use_cookies=False).open(
            target.partition("?")[0].replace("http://", "/") or "/",
            query_string=target.partition("?")[2],
            method=method,
            headers={**given, **(headers or {})},
            environ_overrides={"RAW_URI": target},
            **more,
        )

    return send


LONG = "/sms/counter?a=" + "x" * 8_190
MANY = {f"X-Header-{n}": "1" for n in range(91)}
LARGE = {"X-Large": "x" * 15_360}
BODY = {"data": b"x" * (MIB + 1), "content_type": FORM}

REFUSALS = [
    # name, method, target, more, status if unsigned, status if signed
    ("a request line too long", "POST", LONG, {}, 414, 414),
    ("a request line too long, whatever else", "PUT", LONG, {"headers": LARGE, **BODY}, 414, 414),
    ("too many headers", "POST", "/sms/counter", {"headers": MANY}, 431, 431),
    ("headers too large", "POST", "/sms/counter", {"headers": LARGE}, 431, 431),
    ("headers before body", "PUT", "/sms/counter", {"headers": LARGE, **BODY}, 431, 431),
    ("a body too large", "POST", "/sms/counter", BODY, 413, 413),
    ("body before method", "PUT", "/sms/counter", BODY, 413, 413),
    ("PUT", "PUT", "/sms/counter", {}, 405, 405),
    ("DELETE", "DELETE", "/sms/counter", {}, 405, 405),
    ("PATCH", "PATCH", "/nowhere", {}, 405, 405),
    ("HEAD", "HEAD", "/sms/counter", {}, 405, 405),
    ("OPTIONS", "OPTIONS", "/sms/counter", {}, 405, 405),
    ("OPTIONS of the health check", "OPTIONS", "/healthz", {}, 405, 405),
    ("OPTIONS of no route", "OPTIONS", "/", {}, 405, 405),
    ("no such flow", "POST", "/sms/nope", {}, 403, 404),
    ("a flow's file name", "POST", "/sms/reset_after_five", {}, 403, 404),
    ("upper case", "POST", "/sms/Counter", {}, 403, 404),
    ("the webhook of all flows, without a message", "POST", "/sms", {}, 403, 400),
    ("the same with a slash", "GET", "/sms/", {}, 403, 400),
    ("the root", "GET", "/", {}, 403, 404),
    ("a deeper path", "POST", "/sms/a/b", {}, 403, 404),
    ("two slashes", "POST", "/sms//counter", {}, 403, 404),
    ("two slashes first", "POST", "//sms/counter", {}, 403, 404),
    ("two slashes last", "POST", "/sms/counter//", {}, 403, 404),
    ("a static file", "GET", "/static/x", {}, 403, 404),
    ("the page of the simulator", "GET", "/phone/", {}, 403, 404),
    ("the health check with a slash", "GET", "/healthz/", {}, 403, 404),
    ("POST of the health check", "POST", "/healthz", {}, 403, 404),
    ("an absolute target", "GET", "http://sms.example.com/healthz", {}, 403, 403),
    (
        "a form that is not valid UTF-8",
        "POST",
        "/sms/counter",
        {"data": b"a=%ff", "content_type": FORM},
        403,
        403,
    ),
    ("JSON without its hash", "POST", "/sms/counter", {"json": {"From": "1"}}, 403, 403),
    ("nothing but a signature", "POST", "/sms/counter", {}, 403, 400),
    ("a GET without parameters", "GET", "/sms/counter", {}, 403, 400),
]


@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: row[0])
def test_refusals(ask: Callable[..., TestResponse], row: Any, signed: bool) -> None:
    _, method, target, more, unsigned_status, signed_status = row
    response = ask(method, target, signed=signed, **more)
    assert response.status_code == (signed_status if signed else unsigned_status)
    assert response.mimetype == "text/plain"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "Location" not in response.headers
    assert "Set-Cookie" not in response.headers
    if method != "HEAD":
        assert response.text.endswith(".\n")
        assert len(response.text.splitlines()) == 1
    if response.status_code == 405:
        assert response.headers["Allow"] == "GET, POST"


@pytest.mark.parametrize("missing", ["From", "To", "MessageSid"])
@pytest.mark.parametrize("blank", [True, False])
def test_the_error_names_the_missing_parameter(twilio: Twilio, missing: str, blank: bool) -> None:
    form = message()
    if blank:
        form[missing] = ""
    else:
        del form[missing]
    response = twilio.post("/sms/counter", form)
    assert response.status_code == 400
    assert missing in response.text
    assert sum(name in response.text for name in ("From", "To", "MessageSid")) == 1


@pytest.mark.threat("S1")
def test_every_path_rejects_an_unsigned_request(
    app: Flask, ask: Callable[..., TestResponse]
) -> None:
    rules = [rule.rule for rule in app.url_map.iter_rules()]
    flows = [f"/sms/{name}" for name in app.extensions["parley"].flows]
    assert "/sms/counter" in flows
    for path in [*rules, *flows, "/", "/nope", "/sms/fallback", "/sms/status", "/metrics"]:
        for method in ("GET", "POST"):
            assert ask(method, path, signed=False).status_code == 403, path


@pytest.mark.parametrize("path", ["/healthz", "/health", "/healthz?from=monitor"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_health_check_needs_no_signature(
    ask: Callable[..., TestResponse], method: str, path: str
) -> None:
    response = ask(method, path, signed=False)
    assert response.status_code == 200
    assert response.text == ("ok\n" if method == "GET" else "")
    assert response.headers["Content-Length"] == "3"


@pytest.mark.threat("S1")
def test_the_response_to_an_unsigned_request_has_no_details(
    ask: Callable[..., TestResponse],
) -> None:
    answers = {ask("POST", path, signed=False).data for path in ("/sms/counter", "/sms/nope", "/x")}
    assert len(answers) == 1


@pytest.mark.threat("S1")
def test_debug_settings_do_not_disable_the_signature_check(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    app.debug = app.testing = True
    app.config["PROPAGATE_EXCEPTIONS"] = True
    assert app.test_client().post("/sms/counter", data=message()).status_code == 403


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_signature_is_valid_for_one_url_only(twilio: Twilio, method: str) -> None:
    good = signature(f"{PUBLIC_URL}/sms/counter?From=%2B15551230001&To=2&MessageSid=SM1")
    for target in (
        "/sms/message-number?From=%2B15551230001&To=2&MessageSid=SM1",
        "/sms/counter/?From=%2B15551230001&To=2&MessageSid=SM1",
        "/sms/counter?From=+15551230001&To=2&MessageSid=SM1",
        "/sms/counter?From=%2b15551230001&To=2&MessageSid=SM1",
        "/sms/counter?To=2&From=%2B15551230001&MessageSid=SM1",
    ):
        response = twilio.client.open(
            target,
            method=method,
            headers={"X-Twilio-Signature": good},
            environ_overrides={"RAW_URI": target},
        )
        assert response.status_code == 403, target


@pytest.mark.parametrize(
    ("public_url", "status"),
    [
        ("https://sms.example.com", 200),
        ("https://sms.example.com/", 200),
        ("https://sms.example.com:443", 200),
        ("https://sms.example.com:8443", 200),
        ("https://sms.example.org", 403),
        ("https://sms.example.com/prefix", 403),
        ("https://user:pass@sms.example.com", 403),
    ],
)
def test_the_signature_must_match_public_url(
    make_app: Callable[..., Flask], public_url: str, status: int
) -> None:
    client = make_app(PUBLIC_URL=public_url).test_client(use_cookies=False)
    assert Twilio(client).text("counter").status_code == status


@pytest.mark.parametrize(
    "public_url",
    ["https://user:p%40ss@h.example:8443/a/b", "https://[2001:db8::1]:8443", "https://h.example/a"],
)
def test_a_prefix_port_or_password_is_part_of_the_signed_url(
    make_app: Callable[..., Flask], public_url: str
) -> None:
    client = make_app(PUBLIC_URL=public_url).test_client(use_cookies=False)
    assert Twilio(client, public_url=public_url).text("counter").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "not a host!"},
        {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"},
        {"X-Original-URL": "/sms/other", "X-Rewrite-URL": "/sms/other"},
        {"X-HTTP-Method-Override": "PUT"},
    ],
)
def test_no_other_header_changes_the_signed_url(twilio: Twilio, headers: dict[str, str]) -> None:
    assert twilio.post("/sms/counter", message(), **headers).status_code == 200
    unsigned = twilio.client.post("/sms/counter", data=message(), headers=headers)
    assert unsigned.status_code == 403


def test_only_allowed_accounts_are_accepted(make_app: Callable[..., Flask]) -> None:
    ours, theirs = f"AC{'0' * 32}", f"AC{'1' * 32}"
    client = make_app(TWILIO_ALLOWED_ACCOUNTS=ours).test_client(use_cookies=False)
    assert Twilio(client).text("counter").status_code == 200
    assert Twilio(client).text("counter", AccountSid=theirs).status_code == 403
