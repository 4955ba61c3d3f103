"""The request's trace or request ID in its log line."""

import json
import logging
from collections.abc import Callable

import pytest
from flask import Flask

from parley.logging import JsonFormatter
from tests.webhook import Twilio, message

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"
UUID = "0af76519-16cd-43dd-8448-012345678901"


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "parley"]


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"traceparent": TRACEPARENT}, f"trace={TRACE}"),
        ({"traceparent": TRACEPARENT, "X-Request-ID": UUID}, f"trace={TRACE}"),
        ({"X-Request-ID": UUID}, f"request={UUID}"),
        ({"X-Request-ID": UUID.upper()}, f"request={UUID.upper()}"),
        ({"X-Request-ID": TRACE}, f"request={TRACE}"),
        ({"X-Request-ID": "01JD7ZKQ2V8W3X4Y5Z6A7B8C9D"}, "request=01JD7ZKQ2V8W3X4Y5Z6A7B8C9D"),
        ({"X-Request-ID": "x" * 20}, "request=xxx"),
        ({"X-Request-ID": "x" * 64}, "request=xxx"),
        ({"X-Request-ID": "order-123456-and-654-x"}, "request=order-123456-and"),
    ],
)
def test_a_turn_and_a_refusal_log_the_id(
    twilio: Twilio, caplog: pytest.LogCaptureFixture, headers: dict[str, str], told: str
) -> None:
    twilio.post("/sms/counter", message(), **headers)
    twilio.post("/sms/counter", message(), **headers, **{"X-Twilio-Signature": "x"})
    twilio.post("/sms/fallback", message(), **headers)
    turn, refusal, fallback = lines(caplog)
    assert f" to=+1555…02 {told}" in turn
    assert f" flow=counter {told}" in refusal
    assert f" to=+1555…02 {told}" in fallback


@pytest.mark.parametrize(
    "given",
    [
        "",
        "short",
        "x" * 19,
        "x" * 65,
        "with a space in the middle",
        "with.a.dot.in.the.middle",
        "text-of-15551230001-today",
        "text-of-1-555-123-0001-today",
        "text-of-1_555_123_0001-today",
        "text-of-5551230-from-alice",
        "0" * 21 + "15551230001",
        "a15551230001" + "f" * 52,
        "00000000-0000-0000-0000-015551230001",
        f"{UUID},{UUID}",
        "a" * 20 + "\u00e9",
    ],
)
def test_an_id_that_could_contain_a_number_or_text_is_logged_as_odd(
    twilio: Twilio, caplog: pytest.LogCaptureFixture, given: str
) -> None:
    headers = {"X-Request-ID": given.encode().decode("latin-1")}
    assert twilio.post("/sms/counter", message(), **headers).status_code == 200
    assert " request=odd " in lines(caplog)[0]


@pytest.mark.parametrize(
    "given",
    [
        "",
        TRACEPARENT.upper(),
        f"01-{TRACE}-{PARENT}-01",
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{'0' * 21}15551230001-{PARENT}-01",
        f"{TRACEPARENT}-more",
        f"{TRACEPARENT},{TRACEPARENT}",
        TRACEPARENT[:-1],
    ],
)
def test_an_invalid_traceparent_is_ignored(
    twilio: Twilio, caplog: pytest.LogCaptureFixture, given: str
) -> None:
    twilio.post("/sms/counter", message(), traceparent=given)
    twilio.post("/sms/counter", message(), **{"traceparent": given, "X-Request-ID": UUID})
    alone, beside = lines(caplog)
    assert "trace=" not in alone
    assert "request=" not in alone
    assert f" request={UUID} " in beside


def test_a_failure_logs_the_id_in_json(
    make_app: Callable[..., Flask],
    guest_flow: Callable[[str, str], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    guest_flow("breaks", "def breaks(message, session):\n    return 1 / 0\n")
    twilio = Twilio(make_app(LOG_FORMAT="json").test_client(use_cookies=False))
    assert twilio.post("/sms/breaks", message(), traceparent=TRACEPARENT).status_code == 500
    (entry,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert json.loads(JsonFormatter().format(entry))["trace"] == TRACE
