"""Texts cannot break out of the log, the TwiML, the cookie, or a forwarded message."""

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask

from parley import logging as logs
from tests.odd_texts import MARK, ODD, in_xml
from tests.webhook import ALICE, Twilio, message, said

OWNER = "+15550000009"
PLACES = ("Body", "From", "To", "MessageSid", "ProfileName", "FromCity", "MediaUrl0")
PATHS = ("/sms/counter", "/sms/forward", "/sms/sign-up", "/sms/fallback", "/sms/nope")
LINE = re.compile(
    r"[0-9TZ:-]{20} (INFO|WARNING|ERROR) (turn|refused|fallback)"
    r'( [a-z_]+=([\w.:,/+…-]+|"[^"\\]*"))+'
)
FIELDS = {"time", "level", "event", "status", "flow", "sid", "from", "to", "memory", "ms", "method"}
FIELDS |= {"reason", "next", "error_code", "error_path", "removed_characters"}
FIELDS |= {"script", "asked", "answered", "answered_after"}
COOKIE = re.compile(r"parley=[0-9]{10}\.[\w-]+\.[\w-]{43}; Path=/; HttpOnly; Secure; Max-Age=14400")

odd = pytest.mark.parametrize("odd", ODD.values(), ids=ODD)


@pytest.fixture
def sender(make_app: Callable[..., Flask]) -> Twilio:
    return Twilio(make_app(FORWARD_TO=OWNER).test_client(use_cookies=False))


@pytest.fixture
def log(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """The log output of the server, in the requested format."""
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    logs.LOGGER.addHandler(handler)
    logs.configure(request.param)
    yield said
    logs.LOGGER.removeHandler(handler)


def everywhere(sender: Twilio, odd: str) -> int:
    """Text it in every parameter to every kind of path; return the number of requests."""
    for place in PLACES:
        for path in PATHS:
            form = {**message(), "MessageSid": "SM1", place: odd}
            assert sender.post(path, form).status_code == (404 if path.endswith("nope") else 200)
    return len(PLACES) * len(PATHS)


@odd
@pytest.mark.threat("S19")
@pytest.mark.parametrize("log", ["text"], indirect=True)
def test_a_log_record_stays_one_line(sender: Twilio, log: io.StringIO, odd: str) -> None:
    number = everywhere(sender, odd)
    lines = log.getvalue().splitlines()  # splits at every kind of line break
    assert len(lines) == number
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert MARK not in log.getvalue()


@odd
@pytest.mark.threat("S19")
@pytest.mark.parametrize("log", ["json"], indirect=True)
def test_a_log_record_in_json_stays_one_object(sender: Twilio, log: io.StringIO, odd: str) -> None:
    number = everywhere(sender, odd)
    lines = log.getvalue().splitlines()
    assert len(lines) == number
    assert set().union(*(json.loads(line) for line in lines)) <= FIELDS
    assert MARK not in log.getvalue()


@odd
@pytest.mark.parametrize("log", ["text", "json"], indirect=True)
def test_the_url_of_an_error_stays_in_its_log_line(
    sender: Twilio, log: io.StringIO, odd: str
) -> None:
    """The log repeats only one part of a request: the path of the failed webhook."""
    failed = {"ErrorCode": odd, "ErrorUrl": f"https://sms.example.com/{odd}"}
    assert sender.post("/sms/fallback", {**message(), **failed}).status_code == 200
    assert len(log.getvalue().splitlines()) == 1
    assert log.getvalue().rstrip("\n").isprintable()


@odd
@pytest.mark.threat("S19")
def test_a_reply_stays_one_message(sender: Twilio, odd: str) -> None:
    sender.text("sign-up")
    response = sender.text("sign-up", odd)
    [line] = said(response)  # the name is read without control characters
    assert re.fullmatch(r"Hello .+\. What is your favourite colour\?", line, re.DOTALL)
    assert response.data.count(b"<") == 5, "a declaration, and two elements"


@odd
@pytest.mark.threat("S19")
def test_a_cookie_stays_one_cookie(sender: Twilio, odd: str) -> None:
    """The cookie with the name in it is sent back with the next text."""
    usual = sender.text("sign-up")
    answer = sender.text("sign-up", odd)
    assert list(answer.headers.keys()) == list(usual.headers.keys())
    assert COOKIE.fullmatch(",".join(answer.headers.getlist("Set-Cookie")))
    assert MARK not in str(answer.headers)
    assert re.fullmatch(r"Thank you, .+\. Blue it is\.", sender.hears("sign-up", "blue"), re.DOTALL)


def forwarded(sender: Twilio, **changed: str) -> list[tuple[Any, ...]]:
    """Return every element of the reply: name, attributes and text."""
    answer = sender.post("/sms/forward", {**message("hi"), **changed})
    return [
        (each.tag, each.attrib, each.text or "")
        for each in ElementTree.fromstring(answer.data).iter()
    ]


@odd
@pytest.mark.threat("S19")
def test_a_forwarded_text_goes_only_to_the_owner(sender: Twilio, odd: str) -> None:
    to = {"to": OWNER}
    legal = in_xml(odd)
    assert forwarded(sender, Body=odd)[1:] == [("Message", to, f"{ALICE}: {legal}")]
    assert forwarded(sender, From=odd)[1:] == [("Message", to, f"{legal}: hi")]
    assert forwarded(sender, MediaUrl0=odd)[1:] == [
        ("Message", to, ""),
        ("Body", {}, f"{ALICE}: hi"),
        ("Media", {}, legal),
    ]
    assert forwarded(sender, From=OWNER, Body=f"{ALICE} {odd}")[1:] == [
        ("Message", {"to": ALICE}, legal),
        ("Message", {}, f"Sent to {ALICE}."),
    ]
