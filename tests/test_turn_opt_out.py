"""Opting out, in every flow."""

from collections.abc import Callable

import pytest
from flask import Flask

from parley.discovery import load_flows
from parley.testing import Clock
from tests.webhook import Twilio


@pytest.mark.parametrize("flow", sorted(load_flows()))
def test_no_flow_answers_a_stop_word(
    twilio: Twilio, flow: str, caplog: pytest.LogCaptureFixture
) -> None:
    response = twilio.text(flow, " Stop. ")
    assert response.data.endswith(b"<Response/>")
    assert "opt_out=stop" in caplog.records[-1].getMessage()


def test_stop_deletes_the_conversation(twilio: Twilio) -> None:
    twilio.hears("counter")
    twilio.hears("counter")
    twilio.text("counter", "STOP")
    assert twilio.hears("counter").startswith("Hello")
    twilio.text("counter", "Halt", OptOutType="STOP")
    assert twilio.hears("counter").startswith("Hello")


@pytest.mark.parametrize("flow", ["counter", "sign-up", "static-reply"])
def test_yes_after_stop_is_left_to_twilio(twilio: Twilio, flow: str) -> None:
    twilio.hears(flow)
    twilio.text(flow, "STOP")
    assert twilio.text(flow, "help").data.endswith(b"<Response/>")
    response = twilio.text(flow, " yes. ")
    assert response.data.endswith(b"<Response/>")
    assert "Max-Age=0" in response.headers["Set-Cookie"]
    assert b"<Message>" in twilio.text(flow, "hi").data


def test_only_the_first_yes_after_stop_is_left_to_twilio(twilio: Twilio) -> None:
    for body in ("STOP", "yes"):
        twilio.text("counter", body)
    assert twilio.hears("counter", "yes").startswith("Hello")


def test_yes_after_another_text_is_passed_to_the_flow(twilio: Twilio) -> None:
    twilio.text("counter", "STOP")
    twilio.hears("counter", "hello")
    assert twilio.hears("counter", "yes") == "Your current count is 1"


def test_yes_after_stop_is_passed_to_the_flow_if_twilio_does_not_answer(twilio: Twilio) -> None:
    addresses = {"From": "whatsapp:+15551230001", "To": "whatsapp:+15559870002"}
    twilio.text("counter", "STOP", **addresses)
    assert b"Your current count is 1" in twilio.text("counter", "yes", **addresses).data


def test_help_keeps_the_conversation_for_another_four_hours(twilio: Twilio, clock: Clock) -> None:
    twilio.hears("counter")
    for _ in range(2):
        clock.later(14_399)
        assert twilio.text("counter", "help").data.endswith(b"<Response/>")
    clock.later(14_399)
    assert twilio.hears("counter") == "Your current count is 1"
    assert twilio.text("counter", "?", OptOutType="HELP").data.endswith(b"<Response/>")


@pytest.mark.parametrize("body", ["STOP", "HELP", "INFO", "CANCEL"])
def test_a_setting_passes_all_keywords_to_the_flow(
    make_app: Callable[..., Flask], body: str
) -> None:
    client = make_app(OPT_OUT_WORDS="off").test_client(use_cookies=False)
    assert Twilio(client).hears("counter", body, OptOutType="STOP").startswith("Hello")
