"""The conversion of Flask's requests and responses, with the environments of WSGI servers."""

import asyncio
import time
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from parley.request import Request
from parley.web.wsgi_request import raw_target
from tests.webhook import PUBLIC_URL, Twilio, message, said, signature

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@pytest.mark.parametrize(
    ("environ", "target"),
    [
        ({"RAW_URI": "/sms/a%20b?x=%41"}, b"/sms/a%20b?x=%41"),
        ({"REQUEST_URI": "/sms/a?x=%E2"}, b"/sms/a?x=%E2"),
        ({"PATH_INFO": "/sms/counter"}, b"/sms/counter"),
        ({"PATH_INFO": "/sms/counter", "QUERY_STRING": "a=%41+b"}, b"/sms/counter?a=%41+b"),
        ({"SCRIPT_NAME": "/texts", "PATH_INFO": "/sms/counter"}, b"/texts/sms/counter"),
        ({"PATH_INFO": "/sms/\xc3\xa9 x"}, b"/sms/%C3%A9%20x"),
        ({}, b""),
    ],
)
def test_the_target_is_raw_or_rebuilt(environ: dict[str, str], target: bytes) -> None:
    assert raw_target(environ) == target


def test_a_server_without_the_raw_target_serves_a_conversation(app: Flask, twilio: Twilio) -> None:
    def without(environ: "WSGIEnvironment", start_response: "StartResponse") -> object:
        hidden = ("RAW_URI", "REQUEST_URI")
        return whole({k: v for k, v in environ.items() if k not in hidden}, start_response)

    whole = app.wsgi_app
    app.wsgi_app = without  # type: ignore[method-assign, assignment]
    assert twilio.hears("counter") == "Hello, thanks for the new message!"
    assert twilio.hears("counter") == "Your current count is 1"
    assert app.test_client().get("/healthz").text == "ok\n"


@pytest.mark.parametrize(
    "written",
    ['{name}="{value}"', '$Version="1"; {name}="{value}"; $Path="/"', "{name} = {value}"],
)
def test_a_quoted_cookie_continues(twilio: Twilio, written: str) -> None:
    twilio.hears("counter")
    name, _, value = twilio.cookie.partition("=")
    cookie = written.format(name=name, value=value)
    answer = twilio.post("/sms/counter", message(), Cookie=cookie)
    assert said(answer) == ["Your current count is 1"]


def test_the_cookie_has_the_name_in_the_setting(make_app: Callable[..., Flask]) -> None:
    twilio = Twilio(make_app(SESSION_COOKIE_NAME="__session").test_client(use_cookies=False))
    response = twilio.text("counter")
    assert response.headers["Set-Cookie"].startswith("__session=")
    assert twilio.hears("counter") == "Your current count is 1"


@pytest.mark.parametrize("error", [asyncio.CancelledError, KeyboardInterrupt, BaseException])
def test_the_server_survives_any_exception_of_a_flow(
    make_app: Callable[..., Flask],
    guest_flow: Callable[[str, str], None],
    caplog: pytest.LogCaptureFixture,
    error: type[BaseException],
) -> None:
    source = "import asyncio\ndef stops(message, session):\n"
    raised = "asyncio.CancelledError" if error is asyncio.CancelledError else error.__name__
    guest_flow("stops", f"{source}    raise {raised}('words')\n")
    twilio = Twilio(make_app().test_client(use_cookies=False))
    assert twilio.text("stops").status_code == 500
    assert f"{error.__name__}: " in caplog.records[-1].getMessage()
    assert twilio.hears("counter") == "Hello, thanks for the new message!"


@pytest.mark.parametrize("flow", ["mms-reply", "counter"])
def test_a_delivery_report_does_not_run_a_flow(twilio: Twilio, flow: str) -> None:
    report = {**message(), "MessageStatus": "delivered", "SmsStatus": "delivered"}
    del report["Body"]
    response = twilio.post(f"/sms/{flow}", report)
    assert response.status_code == 400
    assert "status callback" in response.text


@pytest.mark.parametrize(
    "body",
    [
        b"From=" + b"%41" * 349_000,
        b"From=" + b"%41" * 12_288,
        b"From=" + (b"%41" + b"a+" * 41) * 12_288,
        b"From=" + (b"%41" + b"a+" * 254) * 2_048,
        b"&".join(b"%d=%b" % (n, b"%41" * 12) for n in range(1_000)),
        b"From=" + b"%" * 1_000_000,
        b"&".join(b"a%d=" % n for n in range(1_000)),
        b"From=" + b"+" * 1_000_000,
        b"=" * 1_000_000,
        b"&" * 1_000_000,
    ],
    ids=[
        "escapes",
        "few escapes",
        "spread",
        "few spread",
        "fields",
        "broken",
        "blank",
        "plus",
        "equals",
        "ampersands",
    ],
)
def test_a_rejected_form_takes_at_most_ten_milliseconds(app: Flask, body: bytes) -> None:
    headers = {
        "x-twilio-signature": signature(PUBLIC_URL + "/sms/counter"),
        "content-type": "application/x-www-form-urlencoded",
        "content-length": str(len(body)),
    }
    spent = []
    for _ in range(20):
        path, stream = "/sms/counter", BytesIO(body)
        request = Request(
            "POST", "", path.encode(), path, headers, stream=stream, is_terminated=False
        )
        started = time.process_time()
        assert app.extensions["parley"].answer(request).status == 403
        spent.append(time.process_time() - started)
    assert min(spent) < 0.01
