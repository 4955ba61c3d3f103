"""Delivery to real servers that respond well, badly, late, or not at all."""

import time
from collections.abc import Callable

import pytest

from parley.http_client import send
from parley.simulator.cookie_jar import CookieJar
from parley.simulator.delivery import Delivery, Webhook, deliver
from parley.simulator.parameters import inbound
from parley.simulator.simulator import TwilioSimulator
from tests.server.running import free_port
from tests.services.upstream import Answer, drips, said, sends, source, stalls
from tests.webhook import signature

TOKEN = "a token"
HELLO = said(b"<Response><Message>hello</Message></Response>", "200 OK", "Content-Type: text/xml")
NOTHING = said(b"<Response/>", "200 OK", "Content-Type: text/xml")
PARAMETERS = inbound("+15551230001", "+15559870002", "hi & bye 😀")


def redirect(status: int, location: str = "/there?x=1") -> Answer:
    return sends(said(b"", f"{status} Moved", f"Location: {location}", "Set-Cookie: r=1"))


def to(url: str, jar: CookieJar | None = None, **more: str) -> Delivery:
    return deliver(Webhook(url, TOKEN, **more), PARAMETERS, jar or CookieJar(), send)


def headers(asked: bytes) -> dict[str, str]:
    lines = asked.decode("latin-1").partition("\r\n\r\n")[0].split("\r\n")[1:]
    return dict(line.split(": ", 1) for line in lines)


def codes(delivery: Delivery) -> list[int]:
    return [each.code for each in delivery.errors]


def test_a_text_is_sent_as_twilio_sends_it() -> None:
    jar = CookieJar()
    jar.keep("parley=1; Max-Age=60")
    with source(sends(HELLO)) as (url, asked):
        delivery = to(url, jar)
    sent = headers(asked[0])
    assert asked[0].startswith(b"POST /doge HTTP/1.1\r\n")
    assert sent["User-Agent"] == "TwilioProxy/1.1"
    assert sent["Accept"] == "*/*"
    assert sent["Cookie"] == "parley=1"
    assert sent["X-Twilio-Signature"] == signature(url, PARAMETERS, TOKEN)
    assert sent["Content-Type"].startswith("application/x-www-form-urlencoded")
    assert len(sent["I-Twilio-Idempotency-Token"]) == 36
    assert sent["X-Home-Region"] == "us1"
    assert b"&ToCity=&" in asked[0], "blank values must be sent"
    assert [each.body for each in delivery.messages] == ["hello"]
    assert not delivery.errors


def test_a_get_has_its_parameters_in_the_url() -> None:
    with source(sends(HELLO)) as (url, asked):
        to(url, method="GET")
    line = asked[0].partition(b" HTTP/1.1")[0].decode()
    assert line.startswith("GET /doge?ToCountry=US&")
    target = line.removeprefix("GET /doge")
    assert headers(asked[0])["X-Twilio-Signature"] == signature(url + target, token=TOKEN)


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirect_is_followed_with_a_get(status: int) -> None:
    jar = CookieJar()
    with source(redirect(status), sends(HELLO)) as (url, asked):
        delivery = to(url, jar)
    assert asked[1].startswith(b"GET /there?x=1 HTTP/1.1\r\n")
    assert headers(asked[1])["Cookie"] == "r=1"
    assert [each.body for each in delivery.messages] == ["hello"]


def test_a_307_is_followed_with_the_same_post() -> None:
    with source(redirect(307), sends(HELLO)) as (url, asked):
        to(url)
    assert asked[1].startswith(b"POST /there?x=1 HTTP/1.1\r\n")
    there = url.removesuffix("/doge") + "/there?x=1"
    assert headers(asked[1])["X-Twilio-Signature"] == signature(there, PARAMETERS, TOKEN)


def test_a_308_is_not_followed() -> None:
    with source(redirect(308), sends(HELLO)) as (url, asked):
        delivery = to(url)
    assert len(asked) == 1
    assert codes(delivery) == [11200]
    assert "status 308" in delivery.errors[0].what


def test_the_number_of_redirects_is_limited() -> None:
    with source(*[redirect(302)] * 12) as (url, asked):
        assert codes(to(url)) == [11200]
    assert len(asked) == 10


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (sends(said(b"no", "500 Oops")), 11200),
        (sends(said(b"no", "403 Forbidden")), 11200),
        (sends(b""), 11200),
        (sends(said(b"<Response>", "200 OK", "Content-Type: text/xml")), 12100),
        (sends(said(b"hi", "200 OK", "Content-Type: text/plain")), 12300),
    ],
)
def test_the_fallback_is_called_with_the_error(answer: Answer, code: int) -> None:
    with source(answer) as (url, _), source(sends(HELLO)) as (fallback, asked):
        delivery = to(f"{url}#rc=0", fallback_url=fallback)
    assert f"&ErrorCode={code}&ErrorUrl=http%3A%2F%2F".encode() in asked[0]
    assert PARAMETERS["MessageSid"].encode() in asked[0]
    assert codes(delivery) == [code]
    assert [each.body for each in delivery.messages] == ["hello"]


def test_a_refused_connection_is_tried_twice() -> None:
    delivery = to(f"http://127.0.0.1:{free_port()}/sms")
    assert codes(delivery) == [11205]
    assert len(delivery.attempts) == 2
    assert delivery.response is None


def test_a_requested_retry_has_the_same_message_sid() -> None:
    oops = sends(said(b"", "503 Busy"))
    with source(oops, oops, sends(HELLO)) as (url, asked):
        delivery = to(f"{url}#rc=2&rp=all")
    assert len(asked) == 3
    sids = {each.partition(b"MessageSid=")[2][:34] for each in asked}
    tokens = {headers(each)["I-Twilio-Idempotency-Token"] for each in asked}
    assert (len(sids), len(tokens)) == (1, 1)
    assert [each.body for each in delivery.messages] == ["hello"]


@pytest.mark.parametrize(
    ("answers", "fragment", "tries"),
    [
        ([sends(said(b"", "503 Busy")), sends(HELLO)], "", 1),
        ([sends(said(b"", "503 Busy")), sends(HELLO)], "#rc=1&rp=4xx", 1),
        ([sends(said(b"", "404 Gone")), sends(HELLO)], "#rc=1&rp=4xx", 2),
        ([stalls, sends(HELLO)], "#rt=200&rc=1&rp=rt", 2),
    ],
)
def test_only_errors_in_the_retry_policy_are_retried(
    answers: list[Answer], fragment: str, tries: int
) -> None:
    with source(*answers) as (url, asked):
        to(url + fragment)
    assert len(asked) == tries


@pytest.mark.parametrize("slow", [stalls, drips(HELLO, every=0.05)])
def test_the_total_timeout_is_respected(slow: Answer) -> None:
    started = time.monotonic()
    with source(slow) as (url, _):
        delivery = to(f"{url}#tt=500&rc=0")
    assert codes(delivery) == [11200]
    assert 0.4 < time.monotonic() - started < 1.5


WHOLE = b"<Response><Message>x</Message></Response>"
TYPE = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        sends(said(WHOLE, "200 OK", "Content-Type: text/xml", length=len(WHOLE) + 100)),
        drips(
            TYPE + b"Content-Length: 6000\r\n\r\n" + WHOLE + b" " * 6_000, from_byte=130, every=0.05
        ),
        drips(TYPE + b"\r\n" + WHOLE + b" " * 6_000, from_byte=110, every=0.05),
        drips(TYPE + b"X: 1\r\n" * 1_000, from_byte=60, every=0.05),
    ],
)
def test_a_truncated_response_is_an_error(answer: Answer) -> None:
    with source(answer) as (url, _):
        delivery = to(f"{url}#tt=500&rc=0")
    assert codes(delivery) == [11200]
    assert not delivery.messages


@pytest.mark.parametrize(
    "target",
    [
        "http://[bad/",
        "http://127.0.0.1:99999/",
        "http://h:x/",
        "http://ü..x/",
        "file:///etc/passwd",
    ],
)
@pytest.mark.parametrize("in_twiml", [True, False])
def test_a_redirect_to_an_invalid_url_is_an_error(target: str, in_twiml: bool) -> None:
    document = f"<Response><Redirect>{target}</Redirect></Response>".encode()
    answer = said(document, "200 OK", "Content-Type: text/xml")
    if not in_twiml:
        answer = said(b"", "302 Found", f"Location: {target}")
    with source(sends(answer)) as (url, _):
        delivery = to(f"{url}#rc=0")
    assert codes(delivery) in ([11200], [11205])


def test_cookies_stay_with_the_webhook_that_set_them() -> None:
    jar = CookieJar()
    jar.keep("parley=secret")
    theirs = said(b"<Response/>", "200 OK", "Content-Type: text/xml", "Set-Cookie: parley=theirs")
    with source(sends(theirs)) as (elsewhere, asked):
        redirects = sends(said(b"", "307 Moved", f"Location: {elsewhere}"))
        with source(redirects) as (url, _):
            to(url, jar)
    assert "Cookie" not in headers(asked[0])
    assert jar.header() == "parley=secret"


def test_a_repeated_delivery_sends_no_cookie_of_another_webhook() -> None:
    theirs = said(b"<Response/>", "200 OK", "Content-Type: text/xml", "Set-Cookie: parley=theirs")
    with source(*[sends(theirs)] * 2) as (elsewhere, _):
        redirects = sends(said(b"", "307 Moved", f"Location: {elsewhere}", "Set-Cookie: own=1"))
        with source(redirects, redirects) as (url, _):
            simulator = TwilioSimulator()
            simulator.text(Webhook(url, TOKEN), "+15551230001", "+15559870002", "hi")
            simulator.again("+15551230001", "+15559870002")
    assert simulator.jar("+15551230001", "+15559870002").header() == "own=1"


def test_the_timeout_covers_all_redirects() -> None:
    slow = sends(said(b"", "302 Found", "Location: /on"), after=0.3)
    started = time.monotonic()
    with source(*[slow] * 10) as (url, _):
        assert codes(to(f"{url}#tt=500&rc=0")) == [11200]
    assert time.monotonic() - started < 1.5


def test_a_redirect_in_the_twiml_is_followed() -> None:
    document = b"<Response><Message>one</Message><Redirect>/two?a=b</Redirect></Response>"
    first = sends(said(document, "200 OK", "Content-Type: text/xml", "Set-Cookie: a=b"))
    with source(first, sends(HELLO)) as (url, asked):
        delivery = to(url)
    assert asked[1].startswith(b"POST /two?a=b HTTP/1.1\r\n")
    assert headers(asked[1])["Cookie"] == "a=b"
    assert [each.body for each in delivery.messages] == ["one", "hello"]


@pytest.mark.parametrize("shown", [repr, str])
def test_no_repr_contains_a_text_or_a_token(shown: Callable[[object], str]) -> None:
    with source(sends(HELLO)) as (url, _):
        text = shown(to(url)) + shown(Webhook(url, TOKEN))
    for secret in (TOKEN, "+15551230001", "hi & bye", "hello"):
        assert secret not in text
