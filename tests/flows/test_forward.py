"""A relay: strangers reach the owner, the owner answers."""

from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.flows.forward import HINT
from tests.twilio import ALICE, APP, Twilio

OWNER, BOB = "+15550000009", "+15551230002"

Sent = list[tuple[str | None, str, list[str]]]


def sent(response: TestResponse) -> Sent:
    """To whom, what, and which pictures."""
    assert response.status_code == 200
    return [
        (
            each.get("to"),
            each.findtext("Body") or each.text or "",
            [media.text or "" for media in each.findall("Media")],
        )
        for each in ElementTree.fromstring(response.data).findall("Message")
    ]


@pytest.fixture
def phone(make_app: Callable[..., Flask]) -> Callable[..., Twilio]:
    def make(from_: str, **changed: str) -> Twilio:
        settings = {"FORWARD_TO": OWNER, **changed}
        return Twilio(make_app(**settings).test_client(use_cookies=False), from_=from_)

    return make


def test_a_text_goes_to_the_owner_with_its_sender_and_pictures(
    phone: Callable[..., Twilio],
) -> None:
    alice = phone(ALICE)
    assert sent(alice.text("forward", "hi & bye")) == [(OWNER, f"{ALICE}: hi & bye", [])]
    response = alice.text("forward", "look", MediaUrl0="https://a.b/0", MediaUrl1="https://a.b/1")
    assert sent(response) == [(OWNER, f"{ALICE}: look", ["https://a.b/0", "https://a.b/1"])]
    assert alice.cookie == "", "nothing is remembered of a stranger"


def test_the_owner_answers_and_may_leave_the_number_out(phone: Callable[..., Twilio]) -> None:
    owner = phone(OWNER)
    assert sent(owner.text("forward", "hello?")) == [(None, HINT, [])]
    assert sent(owner.text("forward", f"{ALICE} on my way")) == [(ALICE, "on my way", [])]
    assert sent(owner.text("forward", "two minutes")) == [(ALICE, "two minutes", [])]
    assert sent(owner.text("forward", f"{BOB}\nhi\nBob")) == [(BOB, "hi\nBob", [])]
    assert sent(owner.text("forward", "there?")) == [(BOB, "there?", [])]
    picture = owner.text("forward", "", MediaUrl0="https://a.b/0")
    assert sent(picture) == [(BOB, "", ["https://a.b/0"])]
    picture = owner.text("forward", f"{ALICE} ", MediaUrl0="https://a.b/0")
    assert sent(picture) == [(ALICE, "", ["https://a.b/0"])]


@pytest.mark.parametrize("body", [f"{ALICE}", f"{ALICE} ", "", " "])
def test_a_text_that_says_nothing_is_hinted_and_forgets_nobody(
    phone: Callable[..., Twilio], body: str
) -> None:
    owner = phone(OWNER)
    owner.text("forward", f"{BOB} hi")
    assert sent(owner.text("forward", body)) == [(None, HINT, [])]
    assert sent(owner.text("forward", "still there?")) == [(BOB, "still there?", [])]


@pytest.mark.parametrize(
    "body", ["+1555123 hi", "+1234567890123456 hi", "15551230001 hi", "+1555123000x hi", " +1 hi"]
)
def test_what_is_no_number_is_no_address(phone: Callable[..., Twilio], body: str) -> None:
    assert sent(phone(OWNER).text("forward", body)) == [(None, HINT, [])]


@pytest.mark.parametrize("number", ["+12345678", "+123456789012345"])
def test_a_number_has_8_to_15_digits(phone: Callable[..., Twilio], number: str) -> None:
    assert sent(phone(OWNER).text("forward", f"{number} hi")) == [(number, "hi", [])]


@pytest.mark.parametrize("number", [OWNER, APP])
def test_the_owner_cannot_text_the_owner_or_the_app(
    phone: Callable[..., Twilio], number: str
) -> None:
    assert sent(phone(OWNER).text("forward", f"{number} hi")) == [(None, HINT, [])]


@pytest.mark.parametrize("from_", [ALICE, f"whatsapp:{OWNER}", OWNER[1:], OWNER + "0", "Acme"])
def test_a_stranger_chooses_no_number(phone: Callable[..., Twilio], from_: str) -> None:
    stranger = phone(from_)
    owner = phone(OWNER)
    owner.text("forward", f"{BOB} hi")
    stranger.cookie = owner.cookie
    for body in (f"{BOB} buy this", "buy this"):
        assert sent(stranger.text("forward", body)) == [(OWNER, f"{from_}: {body}", [])]


def test_answering_can_be_switched_off(
    phone: Callable[..., Twilio], caplog: pytest.LogCaptureFixture
) -> None:
    assert sent(phone(OWNER, FORWARD_REPLIES="off").text("forward", f"{BOB} hi")) == []
    assert "FORWARD_REPLIES is off" in caplog.records[-1].getMessage()
    assert sent(phone(ALICE, FORWARD_REPLIES="off").text("forward", "hi"))[0][0] == OWNER


def test_forwarding_to_the_number_itself_would_loop(
    phone: Callable[..., Twilio], caplog: pytest.LogCaptureFixture
) -> None:
    for from_ in (ALICE, APP):
        response = phone(from_, FORWARD_TO=APP).text("forward", "hi")
        assert response.data.endswith(b"<Response/>")
        assert 'note="FORWARD_TO is the number that was texted' in caplog.records[-1].getMessage()


def test_without_an_owner_it_is_not_available(
    phone: Callable[..., Twilio], caplog: pytest.LogCaptureFixture
) -> None:
    response = phone(ALICE, FORWARD_TO="").text("forward", "hi")
    assert response.status_code == 503
    assert "FORWARD_TO" not in response.text
    line = caplog.records[-1].getMessage()
    assert "status=503 method=POST flow=forward" in line
    assert 'reason="FORWARD_TO not set" next="set it and restart' in line


@pytest.mark.parametrize("body", ["STOP", "stop.", "Unsubscribe"])
def test_a_stop_word_is_never_forwarded(phone: Callable[..., Twilio], body: str) -> None:
    assert sent(phone(ALICE).text("forward", body)) == []
