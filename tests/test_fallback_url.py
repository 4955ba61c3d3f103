"""The URL that Twilio calls after an error."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.webhook import PUBLIC_URL, Twilio, message, said

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


def test_it_also_answers_a_request_that_is_not_a_message(twilio: Twilio) -> None:
    assert said(twilio.post("/sms/fallback", ERROR)) == SORRY
    assert said(twilio.get("/sms/fallback?ErrorCode=11200")) == SORRY


@pytest.mark.parametrize(
    ("code", "url", "expected"),
    [
        ("x\ny", "https://a.b/\n", "error_code=odd error_path=/"),
        ("", "http://[", "error_code=odd error_path=odd"),
        ("12300", "https://a.b/+15551230001?x", "error_code=12300 error_path=/+…"),
        (
            "123456",
            "https://a.b/sms/%2b%31555%3123000%31/x",
            "error_code=123456 error_path=/sms/+…/x",
        ),
        ("1234567", "https://a.b/%2531%2535%2535%2535%2531", "error_code=odd error_path=/…"),
        ("٣", "https://a.b/" + "%25" * 9 + "31" * 9, "error_code=odd error_path=odd"),
        ("1" * 5_000, "https://a.b/(555) 123-00.01", 'error_code=odd error_path="/(…"'),
        ("1", "https://a.b/" + "a/" * 900, "error_code=1 error_path=/" + "a/" * 49 + "a"),
    ],
)
def test_the_log_line_contains_only_the_code_and_the_path(
    twilio: Twilio, caplog: pytest.LogCaptureFixture, code: str, url: str, expected: str
) -> None:
    twilio.post("/sms/fallback", message(ErrorCode=code, ErrorUrl=url))
    assert caplog.records[-1].getMessage().endswith(expected)


@pytest.mark.parametrize(("switch", "answer"), [("on", []), ("off", SORRY)])
def test_it_does_not_reply_to_stop(
    make_app: Callable[..., Flask], switch: str, answer: list[str]
) -> None:
    twilio = Twilio(make_app(OPT_OUT_WORDS=switch).test_client(use_cookies=False))
    assert said(twilio.post("/sms/fallback", message("STOP", **ERROR))) == answer


def test_it_answers_stop_if_twilio_does_not(make_app: Callable[..., Flask]) -> None:
    twilio = Twilio(make_app(STOP_REPLY="Bye.").test_client(use_cookies=False))
    assert said(twilio.post("/sms/fallback", message("STOP", to="12345", **ERROR))) == ["Bye."]
    assert said(twilio.post("/sms/fallback", message("hi", to="12345", **ERROR))) == SORRY


def test_an_unsigned_request_is_rejected(twilio: Twilio) -> None:
    assert twilio.client.post("/sms/fallback", data=ERROR).status_code == 403
