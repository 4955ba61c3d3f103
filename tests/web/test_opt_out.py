"""People who want out, in every flow."""

from collections.abc import Callable

import pytest
from flask import Flask

from app.flows import residents
from app.phone.testing import Clock
from tests.twilio import Twilio


@pytest.mark.parametrize("flow", sorted(residents()))
def test_no_flow_answers_a_stop_word(
    twilio: Twilio, flow: str, caplog: pytest.LogCaptureFixture
) -> None:
    response = twilio.text(flow, " Stop. ")
    assert response.data.endswith(b"<Response/>")
    assert "Set-Cookie" not in response.headers
    assert "opt_out=stop" in caplog.records[-1].getMessage()


def test_who_wants_out_is_forgotten(twilio: Twilio) -> None:
    twilio.hears("counter")
    assert "Max-Age=0" in twilio.text("counter", "STOP").headers["Set-Cookie"]
    assert twilio.hears("counter").startswith("Hello")
    assert "Max-Age=0" in twilio.text("counter", "Halt", OptOutType="STOP").headers["Set-Cookie"]


def test_who_wants_help_is_remembered_for_four_hours_more(twilio: Twilio, clock: Clock) -> None:
    twilio.hears("counter")
    for _ in range(2):
        clock.later(14_399)
        assert twilio.text("counter", "help").data.endswith(b"<Response/>")
    clock.later(14_399)
    assert twilio.hears("counter") == "Your current count is 1"
    assert twilio.text("counter", "?", OptOutType="HELP").data.endswith(b"<Response/>")


@pytest.mark.parametrize("body", ["START", "yes", "Unstop", "help me"])
def test_other_words_go_to_the_flow(twilio: Twilio, body: str) -> None:
    assert twilio.hears("counter", body).startswith("Hello")


@pytest.mark.parametrize("body", ["STOP", "HELP", "INFO", "CANCEL"])
def test_all_words_can_be_left_to_the_flow(make_app: Callable[..., Flask], body: str) -> None:
    client = make_app(OPT_OUT_WORDS="off").test_client(use_cookies=False)
    assert Twilio(client).hears("counter", body, OptOutType="STOP").startswith("Hello")
