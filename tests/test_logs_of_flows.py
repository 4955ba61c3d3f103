"""Log records of flows and libraries appear once, in the server's format, with the turn's SID."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from parley.http_client import Request
from parley.simulator.signed_text import signed_text
from parley.web.wsgi_request import to_request
from tests.server.running import Server, running
from tests.webhook import PUBLIC_URL, SETTINGS, TOKEN, environ_of, message, target_of

SID = "SM" + "0f" * 16
NOISY = """
import logging
import time
import warnings
from parley import Reply
from ._prices import price

logger = logging.getLogger(__name__)

def noisy(message, session):
    logger.info("a customer ordered %s", price())
    logger.debug("this is not logged")
    logging.warning("a warning without a logger")
    logging.getLogger("a.library").info("this is not logged, either")
    logging.getLogger("a.library").warning("two\\nlines")
    warnings.warn("a library will change")
    try:
        1 / 0
    except ZeroDivisionError:
        logger.exception("it failed")
    if message.body.startswith("wait"):
        time.sleep(float(message.body.removeprefix("wait")))
    return Reply("hi")
"""
PRICES = """
import logging

def price():
    logging.getLogger(__name__).info("prices are asked for")
    return 3
"""


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Server]:
    (folder / "noisy_flows").mkdir()
    (folder / "noisy_flows/noisy.py").write_text(NOISY)
    (folder / "noisy_flows/_prices.py").write_text(PRICES)
    with running(folder, {**SETTINGS, "FLOWS": "./noisy_flows", **settings}) as server:
        yield server


def signed(flow: str, body: str = "hi", sid: str = SID) -> Request:
    return signed_text(f"{PUBLIC_URL}/sms/{flow}", message(body, MessageSid=sid), TOKEN)


def text(server: Server, body: str, sid: str = SID) -> int:
    request = signed("noisy", body, sid)
    return server.ask("POST", "/sms/noisy", request.body, dict(request.headers))[0]


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_flows_log_record_appears_once_with_the_sid(tmp_path: Path, log_format: str) -> None:
    with serving(tmp_path, LOG_FORMAT=log_format) as server:
        for _ in range(2):
            assert text(server, "hi") == 200
        assert text(server, "hi", "+15557654321") == 200
    assert "5557654321" not in server.log(), "a phone number in place of the SID was logged"
    lines = server.log().splitlines()
    odd = [line for line in lines if "sid=odd" in line or '"sid":"odd"' in line.replace(" ", "")]
    assert odd
    lines = [line for line in lines if line not in odd]
    for said in (
        "a customer ordered 3",
        "prices are asked for",
        "a warning without a logger",
        "it failed",
        "memory",
    ):
        found = [line for line in lines if said in line]
        assert len(found) == 2, (said, found)
        assert all(SID in line and "noisy" in line for line in found)
    (warning,) = [line for line in lines if "a library will change" in line]
    assert SID in warning
    assert "py.warnings" in warning
    assert "this is not logged" not in server.log()
    assert "ZeroDivisionError: (its words are not logged" in server.log()
    assert not any(line.startswith(("WARNING:", "lines")) for line in lines)
    if log_format == "json":
        assert all(json.loads(line) for line in lines), "every line is an object"
        told = [json.loads(line) for line in lines if "ordered" in line]
        assert [(each["event"], each["sid"], each["flow"]) for each in told] == [
            ("log", SID, "noisy")
        ] * 2
    else:
        line = next(line for line in lines if "ordered" in line)
        start = r"\S+Z INFO log logger=parley_flows_\w+\.noisy flow=noisy sid=" + SID
        assert re.fullmatch(start + ' message="a customer ordered 3"', line), line


@pytest.mark.parametrize(
    ("seconds", "level", "reason"),
    [
        (9.9, None, ""),
        (10.0, "WARNING", "the turn took over 10 seconds"),
        (14.9, "WARNING", "the turn took over 10 seconds"),
        (15.0, "ERROR", "the turn exceeded Twilio's timeout of 15 seconds"),
    ],
)
def test_a_slow_turn_is_logged_with_its_flow(
    app: Flask,
    caplog: pytest.LogCaptureFixture,
    seconds: float,
    level: str | None,
    reason: str,
) -> None:
    """After the first reading, the clock is `seconds` later."""
    times = iter([1_000.0])
    webhook = replace(app.extensions["parley"], timer=lambda: next(times, 1_000.0 + seconds))
    text = signed("counter")
    environ = environ_of(text.method, target_of(text), text.headers.items(), text.body)
    assert webhook.answer(to_request(environ)).status == 200
    slow = [each for each in caplog.records if each.getMessage().startswith("slow ")]
    assert [each.levelname for each in slow] == ([level] if level else [])
    if slow:
        said = slow[0].getMessage()
        assert said.startswith(f"slow flow=counter sid={SID} from=+1555…01")
        assert f'reason="{reason}"' in said


@pytest.mark.live
def test_a_real_server_warns_of_a_turn_of_ten_seconds(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        assert text(server, "wait10.1") == 200
    (line,) = [line for line in server.log().splitlines() if " slow " in line]
    assert f"WARNING slow flow=noisy sid={SID}" in line
