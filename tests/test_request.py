"""Large requests within the limits are handled within a second, even if they are signed."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.webhook import Twilio, message

MIB = 1_048_576
ROOM = MIB - 1_000
"""The maximum of bytes in a form besides the usual parameters."""
SHAPED = "parley=1800000000.e30." + "A" * 43
"""A cookie with a plausible format: its MAC has to be computed."""

Send = Callable[[Twilio], TestResponse]


def form(**more: Any) -> Send:
    return lambda twilio: twilio.post("/sms/counter", message(**more))


def header(name: str, value: str) -> Send:
    return lambda twilio: twilio.post("/sms/counter", message(), **{name: value})


def json_with(more: str) -> Send:
    usual = json.dumps(message()).encode()
    return lambda twilio: twilio.post_json("/sms/counter", usual[:-1] + more.encode() + b"}")


OVERSIZED: dict[str, tuple[Send, int]] = {
    "the maximum of fields": (form(**{f"N{n}": "" for n in range(993)}), 200),
    "one field more": (form(**{f"N{n}": "" for n in range(994)}), 403),
    "a text of 1 MiB": (form(body="x" * ROOM), 200),
    "a text of 1 MiB, each character escaped": (form(body="é" * (ROOM // 6)), 403),
    "a sender of 1 MiB": (form(from_="5" * (ROOM // 3)), 200),
    "a name of 1 MiB": (form(**{"N" * ROOM: ""}), 200),
    "over 1 MiB": (form(body="x" * MIB), 413),
    "JSON with a number of 1 MiB": (json_with(f', "n": {"1" * ROOM}'), 200),
    "JSON with 60,000 names": (json_with("".join(f', "n{n}": 0' for n in range(60_000))), 200),
    "JSON of lists in lists": (json_with(f', "n": {"[" * (ROOM // 2)}{"]" * (ROOM // 2)}'), 403),
    "a query of 8 kB": (lambda twilio: twilio.get(f"/sms/counter?{'a&' * 4_000}"), 403),
    "two hundred cookies that could be ours": (header("Cookie", f"{SHAPED}; " * 200), 200),
    "as many cookies as fit": (header("Cookie", "parley=;" * 1_800), 200),
    "a signature of 15 kB": (header("X-Twilio-Signature", "A" * 15_000), 403),
    "settings of 15 kB": (
        header("X-Twilio-Webhooks-Signature-Settings", "algorithm=," * 1_300),
        403,
    ),
    "a request ID of 15 kB": (header("X-Request-ID", "0" * 15_000), 200),
}


@pytest.mark.threat("S25")
@pytest.mark.parametrize(("send", "status"), OVERSIZED.values(), ids=OVERSIZED)
def test_an_oversized_request_takes_less_than_a_second(
    twilio: Twilio, send: Send, status: int
) -> None:
    started = time.thread_time()
    assert send(twilio).status_code == status
    assert time.thread_time() - started < 1


@pytest.mark.threat("S25")
def test_a_log_line_stays_short_for_an_oversized_request(
    twilio: Twilio, caplog: pytest.LogCaptureFixture
) -> None:
    for send, _ in OVERSIZED.values():
        send(twilio)
    lines = [each.getMessage() for each in caplog.records]
    assert len(lines) == len(OVERSIZED)
    assert max(map(len, lines)) < 500


@pytest.mark.threat("S25")
def test_a_reply_over_the_limit_is_not_sent(make_app: Callable[..., Flask]) -> None:
    """Only signed requests reach this limit."""
    app = make_app(FORWARD_TO="+15550000009")
    twilio = Twilio(app.test_client(use_cookies=False))
    twilio.text("sign-up")
    response = twilio.text("forward", "x" * 64_000)
    assert (response.status_code, len(response.data) < 100) == (500, True)
    response = twilio.text("sign-up", "x" * 64_000)
    assert response.status_code == 200
    assert len(response.data) < 400
