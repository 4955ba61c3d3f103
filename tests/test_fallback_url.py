"""What Twilio calls when something failed."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.twilio import PUBLIC_URL, Twilio, message, said

SORRY = ["Sorry, something went wrong. Please text again in a minute."]
ERROR = {"ErrorCode": "11200", "ErrorUrl": f"{PUBLIC_URL}/sms/counter?From=%2B15551230001"}


@pytest.mark.parametrize("path", ["/sms/fallback", "/sms/fallback/"])
def test_it_apologizes_and_leaves_the_cookie_alone(
    twilio: Twilio, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    twilio.hears("counter")
    response = twilio.post(path, message(**ERROR), Cookie=twilio.cookie)
    assert said(response) == SORRY
    assert response.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert "Set-Cookie" not in response.headers
    line = caplog.records[-1].getMessage()
    assert line.startswith("fallback status=200 sid=SM")
    assert line.endswith("error_code=11200 error_path=/sms/counter")
    assert twilio.hears("counter") == "Your current count is 1"


def test_it_answers_also_what_is_no_message(twilio: Twilio) -> None:
    assert said(twilio.post("/sms/fallback", ERROR)) == SORRY
    assert said(twilio.get("/sms/fallback?ErrorCode=11200")) == SORRY


@pytest.mark.parametrize(
    ("code", "url", "expected"),
    [
        ("x\ny", "https://a.b/\n", "error_code=odd error_path=/"),
        ("", "http://[", "error_code=odd error_path=odd"),
        ("12300", "https://a.b/+15551230001?x", "error_code=12300 error_path=/+…"),
    ],
)
def test_the_log_repeats_no_more_than_code_and_path(
    twilio: Twilio, caplog: pytest.LogCaptureFixture, code: str, url: str, expected: str
) -> None:
    twilio.post("/sms/fallback", message(ErrorCode=code, ErrorUrl=url))
    assert caplog.records[-1].getMessage().endswith(expected)


@pytest.mark.parametrize(("switch", "answer"), [("on", []), ("off", SORRY)])
def test_it_says_nothing_to_who_wants_out(
    make_app: Callable[..., Flask], switch: str, answer: list[str]
) -> None:
    twilio = Twilio(make_app(OPT_OUT_WORDS=switch).test_client(use_cookies=False))
    assert said(twilio.post("/sms/fallback", message("STOP", **ERROR))) == answer


def test_a_stranger_is_refused(twilio: Twilio) -> None:
    assert twilio.client.post("/sms/fallback", data=ERROR).status_code == 403
