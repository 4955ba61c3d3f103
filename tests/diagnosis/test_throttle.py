"""The diagnosis in the log line of a refusal: where it stands, where never, and how often."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.phone.testing import Clock
from app.web.errors import REFUSED
from tests.twilio import PUBLIC_URL, SECRET, Twilio, message, signature

FORM = message()
LOCAL = {"PARLEY_MODE": "development", "PUBLIC_URL": "http://127.0.0.1:8000"}


def refusals(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.getMessage().startswith("refused")]


def refuse(app: Flask, url: str = "http://sms.example.com", **headers: str) -> TestResponse:
    """A text that was signed for another URL than PUBLIC_URL."""
    signed = {"X-Twilio-Signature": signature(f"{url}/sms/counter", FORM), **headers}
    return Twilio(app.test_client(use_cookies=False)).post("/sms/counter", FORM, **signed)


@pytest.mark.parametrize("value", ["1", "on"])
def test_the_log_line_carries_the_diagnosis_and_the_answer_does_not(
    make_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture, value: str
) -> None:
    response = refuse(make_app(EXPLAIN_REFUSALS=value))
    (line,) = refusals(caplog)
    assert line.endswith(
        'reason="wrong signature" cause=scheme next="http://sms.example.com was signed, not '
        'https://sms.example.com: set the webhook to https://sms.example.com/…"'
    )
    assert (response.status_code, response.text) == (403, f"{REFUSED}\n")
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
def test_it_is_off_in_production_and_on_in_development(
    make_app: Callable[..., Flask],
    caplog: pytest.LogCaptureFixture,
    changed: dict[str, str],
    explained: bool,
) -> None:
    refuse(make_app(**changed), "http://localhost:8000")
    assert ("cause=" in refusals(caplog)[0]) is explained


def test_ten_a_minute_are_explained_and_the_rest_refused_as_ever(
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


def test_a_clock_that_is_set_back_does_not_silence_it(
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
def test_the_host_that_was_asked_for_is_one_more_guess(
    make_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture, host: str, cause: str
) -> None:
    refuse(make_app(EXPLAIN_REFUSALS="1"), "https://a.ngrok.app", Host=host)
    (line,) = refusals(caplog)
    assert f"cause={cause} " in line
    assert ("set PUBLIC_URL to https://a.ngrok.app" in line) is (cause == "host")


def test_a_stranger_without_signature_is_not_looked_at(
    make_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app(EXPLAIN_REFUSALS="1")
    for _ in range(20):
        refuse(app, **{"X-Twilio-Signature": ""})
    refuse(app)
    assert ["cause=" in line for line in refusals(caplog)] == [False] * 20 + [True]


def test_other_reasons_than_a_wrong_signature_are_looked_at_too(
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
