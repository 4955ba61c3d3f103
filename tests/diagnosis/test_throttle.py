"""The diagnosis in the log line of a rejection: when it is made, and how often."""

import re
from base64 import b64encode
from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from parley.refusals import SignatureError
from parley.testing import Clock
from tests.webhook import PUBLIC_URL, SECRET, Twilio, message, signature

FORM = message()
HOST = "sms.example.com"
LOCAL = {"PARLEY_MODE": "development", "PUBLIC_URL": "http://127.0.0.1:8000"}


def refusals(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.getMessage().startswith("refused")]


def refuse(app: Flask, url: str = "http://sms.example.com", **headers: str) -> TestResponse:
    """Send a text that was signed for a URL other than PUBLIC_URL."""
    signed = {"X-Twilio-Signature": signature(f"{url}/sms/counter", FORM), **headers}
    return Twilio(app.test_client(use_cookies=False)).post("/sms/counter", FORM, **signed)


@pytest.mark.parametrize("value", ["1", "on"])
def test_the_log_line_has_the_diagnosis_and_the_response_does_not(
    make_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture, value: str
) -> None:
    response = refuse(make_app(EXPLAIN_REFUSALS=value))
    (line,) = refusals(caplog)
    assert line.endswith(
        'reason="wrong signature" cause=scheme next="http://sms.example.com was signed, not '
        'https://sms.example.com: set the webhook to https://sms.example.com/…"'
    )
    assert (response.status_code, response.text) == (403, f"{SignatureError.sentence}\n")
    assert "scheme" not in str(response.headers)


@pytest.mark.parametrize(
    ("changed", "explained"),
    [
        ({}, False),
        ({"EXPLAIN_REFUSALS": "0"}, False),
        ({"EXPLAIN_REFUSALS": "off"}, False),
        (LOCAL, True),
        ({**LOCAL, "EXPLAIN_REFUSALS": "off"}, False),
    ],
)
def test_it_is_disabled_in_production_and_enabled_in_development(
    make_app: Callable[..., Flask],
    caplog: pytest.LogCaptureFixture,
    changed: dict[str, str],
    explained: bool,
) -> None:
    refuse(make_app(**changed), "http://localhost:8000")
    assert ("cause=" in refusals(caplog)[0]) is explained


def test_at_most_ten_rejections_a_minute_are_diagnosed(
    make_app: Callable[..., Flask], clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app(EXPLAIN_REFUSALS="1")
    for _ in range(12):
        refuse(app)
    for seconds in (59.9, 0.1):
        clock.later(seconds)
        refuse(app)
    explained = ["cause=scheme" in line for line in refusals(caplog)]
    assert explained == [True] * 10 + [False] * 3 + [True]
    assert all('reason="wrong signature"' in line for line in refusals(caplog))


def test_it_continues_after_the_clock_is_set_back(
    make_app: Callable[..., Flask], clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app(EXPLAIN_REFUSALS="1")
    for _ in range(10):
        refuse(app)
    clock.later(-3_600)
    refuse(app)
    assert "cause=scheme" in refusals(caplog)[-1]


@pytest.mark.parametrize(
    ("host", "cause"),
    [
        ("a.ngrok.app", "host"),
        ("A.ngrok.app", "none"),
        ("a.ngrok.app/sms", "none"),
        ("a b", "none"),
        ("x" * 9_000, "none"),
    ],
)
def test_the_host_header_is_a_candidate(
    make_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture, host: str, cause: str
) -> None:
    refuse(make_app(EXPLAIN_REFUSALS="1"), "https://a.ngrok.app", Host=host)
    (line,) = refusals(caplog)
    assert f"cause={cause} " in line
    assert ("set PUBLIC_URL to https://a.ngrok.app" in line) is (cause == "host")


@pytest.mark.parametrize("user", ["twilio:hunter2", "twilio:hunter2!é/", "twilio:"])
def test_the_sent_user_name_and_password_are_a_candidate(
    make_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture, user: str
) -> None:
    """Twilio signs them as part of the webhook's URL, and sends them as Basic authentication."""
    basic = b64encode(user.encode()).decode()
    name, _, password = user.partition(":")
    url = f"https://{name}:{quote(password, safe='')}@sms.example.com"
    refuse(make_app(EXPLAIN_REFUSALS="1"), url, Host=HOST, Authorization=f"Basic {basic}")
    (line,) = refusals(caplog)
    assert "cause=password" in line
    assert "set PUBLIC_URL with the user name and password of the webhook" in line
    assert "hunter2" not in line
    assert basic not in line


@pytest.mark.parametrize(
    "authorization", ["Basic", "Basic ?", "Basic /w==", "Bearer YTpi", "Basic " + "A" * 9_000, "é"]
)
def test_any_other_authorization_is_skipped(
    make_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture, authorization: str
) -> None:
    headers = {"Host": HOST, "Authorization": authorization}
    refuse(make_app(EXPLAIN_REFUSALS="1"), "http://sms.example.com", **headers)
    assert "cause=scheme" in refusals(caplog)[0]


def test_an_unsigned_request_is_not_diagnosed(
    make_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app(EXPLAIN_REFUSALS="1")
    for _ in range(20):
        refuse(app, **{"X-Twilio-Signature": ""})
    refuse(app)
    assert ["cause=" in line for line in refusals(caplog)] == [False] * 20 + [True]


def test_other_reasons_than_a_wrong_signature_are_diagnosed(
    make_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app(EXPLAIN_REFUSALS="1", TWILIO_WEBHOOK_SHARED_KEY="a shared key")
    client = app.test_client(use_cookies=False)
    signed = {"X-Twilio-Signature": signature(f"{PUBLIC_URL}/sms/counter")}
    client.post("/sms/counter", json={"Body": SECRET}, headers=signed)
    settings = {"X-Twilio-Webhooks-Signature-Settings": "key=k,algorithm=HMAC_SHA256"}
    refuse(app, PUBLIC_URL, **settings)
    causes = [re.findall(r"cause=(\w+)", line) for line in refusals(caplog)]
    assert causes == [["json"], ["algorithm"]]


@pytest.mark.parametrize(
    ("body", "next_step"),
    [
        ([], "the JSON is not an object: send a form or a JSON object, in UTF-8"),
        ("hi", "the JSON is not an object: send a form or a JSON object, in UTF-8"),
        (b'{"Body": ', "the body is not JSON in UTF-8: send a form or a JSON object, in UTF-8"),
    ],
)
def test_a_diagnosis_never_hides_the_reason(
    make_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture, body: object, next_step: str
) -> None:
    """Other libraries do: twilio-php#744, n8n#29259."""
    client = make_app(EXPLAIN_REFUSALS="1").test_client(use_cookies=False)
    assert Twilio(client).post_json("/sms/counter", body).status_code == 403
    (line,) = refusals(caplog)
    assert 'reason="unreadable body"' in line
    assert line.endswith(f'next="the signature is right, but {next_step}"')


def test_a_wrong_url_does_not_hide_an_error_in_the_body(
    make_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture
) -> None:
    client = make_app(EXPLAIN_REFUSALS="1").test_client(use_cookies=False)
    Twilio(client, public_url="http://sms.example.com").post_json("/sms/counter", [])
    headers = {"X-Twilio-Signature": signature("http://sms.example.com/sms/counter")}
    client.post("/sms/counter", json={"Body": "hi"}, headers=headers)
    unreadable, uncovered = refusals(caplog)
    assert 'reason="wrong signature" cause=scheme' in unreadable
    assert 'reason="body not covered" cause="scheme and json"' in uncovered
    assert "set the webhook to https://sms.example.com/…" in uncovered
    assert "sign the URL with bodySHA256, or send a form" in uncovered
