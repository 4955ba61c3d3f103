"""A relay: customers reach the owner, and the owner replies."""

from collections.abc import Callable

import pytest

from flows.forward import HINT, REFUSED
from parley.simulator.delivery import Delivery
from parley.testing import RECIPIENT, SENDER, Sms

OWNER, BOB = "+15550000009", "+15551230002"


def sent(delivery: Delivery) -> list[tuple[str | None, str, list[str]]]:
    """Return the recipient, the text and the pictures of each message."""
    assert delivery.response is not None
    assert delivery.response.status == 200
    return [(each.to, each.body, list(each.media_urls)) for each in delivery.messages]


@pytest.fixture
def phone(sms: Sms) -> Callable[..., Sms]:
    def make(from_: str, **changed: str) -> Sms:
        return sms(from_=from_, settings={"FORWARD_TO": OWNER, **changed})

    return make


def test_a_text_goes_to_the_owner_with_its_sender_and_pictures(
    phone: Callable[..., Sms],
) -> None:
    alice = phone(SENDER)
    assert sent(alice.deliver("forward", "hi & bye")) == [(OWNER, f"{SENDER}: hi & bye", [])]
    response = alice.deliver("forward", "look", ["https://a.b/0", "https://a.b/1"])
    assert sent(response) == [(OWNER, f"{SENDER}: look", ["https://a.b/0", "https://a.b/1"])]
    assert alice.cookie == "", "something about a customer is stored"


def test_the_owner_replies_by_number_and_gets_a_confirmation(phone: Callable[..., Sms]) -> None:
    owner = phone(OWNER)
    assert sent(owner.deliver("forward", "hello?")) == [(None, HINT, [])]
    for said in (
        f"{SENDER}: 4711",
        "+1 (555) 123-0001 4711",
        "5551230001: 4711",
        f"{SENDER} 4711",
        f"{SENDER}\n4711",
    ):
        delivery = owner.deliver("forward", said)
        assert sent(delivery) == [(SENDER, "4711", []), (None, f"Sent to {SENDER}.", [])]
    picture = owner.deliver("forward", f"{BOB} ", ["https://a.b/0"])
    assert sent(picture)[0] == (BOB, "", ["https://a.b/0"])


def test_for_a_reply_without_a_number_the_owner_chooses_the_recipient(
    phone: Callable[..., Sms],
) -> None:
    owner = phone(OWNER)
    owner.deliver("forward", f"{SENDER} hi")
    owner.deliver("forward", f"{BOB} hi")
    question: list[tuple[str | None, str, list[str]]] = [
        (None, f"To whom?\n1. {BOB}\n2. {SENDER}", [])
    ]
    assert sent(owner.deliver("forward", "two minutes")) == question
    assert sent(owner.deliver("forward", "three minutes")) == question
    assert sent(owner.deliver("forward", "2"))[0] == (SENDER, "three minutes", [])
    assert sent(owner.deliver("forward", "2")) == [
        (None, f"To whom?\n1. {SENDER}\n2. {BOB}", [])
    ], "the pending text was not sent"
    assert sent(owner.deliver("forward", "x" * 1_001)) == [(None, HINT, [])]
    assert sent(owner.deliver("forward", "", ["https://a.b/0"])) == [(None, HINT, [])]


@pytest.mark.parametrize("body", [f"{SENDER}", f"{SENDER} ", "", " "])
def test_the_reply_to_an_empty_text_is_a_hint(phone: Callable[..., Sms], body: str) -> None:
    owner = phone(OWNER)
    owner.deliver("forward", f"{BOB} hi")
    assert sent(owner.deliver("forward", body)) == [(None, HINT, [])]


@pytest.mark.parametrize(
    "body",
    [
        "+1555123 hi",
        "+1234567890123456 hi",
        "+1555123000x hi",
        " +1 hi",
        "555123 hi",
        "+ hi",
        "whatsapp:+15 hi",
        "＋１５５５１２３０００１ hi",
        "“+15551230001” hi",
        "@+15551230001 hi",
    ],
)
def test_the_reply_to_an_invalid_number_is_a_hint(phone: Callable[..., Sms], body: str) -> None:
    owner = phone(OWNER)
    owner.deliver("forward", f"{BOB} hi")
    assert sent(owner.deliver("forward", body)) == [(None, HINT, [])]


def test_premium_numbers_and_other_countries_are_not_texted(phone: Callable[..., Sms]) -> None:
    owner = phone(OWNER)
    for number in ("+19005551234", "+442079460958", "+18765551234"):
        assert sent(owner.deliver("forward", f"{number} hello")) == [(None, REFUSED, [])]
    abroad = phone(OWNER, FORWARD_COUNTRIES="US,GB")
    assert sent(abroad.deliver("forward", "+442079460958 hello"))[0][0] == "+442079460958"
    assert sent(abroad.deliver("forward", "+19005551234 hello")) == [(None, REFUSED, [])]


@pytest.mark.parametrize(
    "body",
    [
        "Liked “hello”",
        "I'm driving with Do Not Disturb turned on. I'll see your message when I get there.",
        "START",
    ],
)
def test_an_automatic_reply_of_the_owner_is_not_forwarded(
    phone: Callable[..., Sms], body: str
) -> None:
    owner = phone(OWNER)
    owner.deliver("forward", f"{BOB} hi")
    assert sent(owner.deliver("forward", body)) == []


def test_each_side_gets_texts_on_its_own_channel(phone: Callable[..., Sms]) -> None:
    whatsapp = phone(f"whatsapp:{SENDER}")(to=f"whatsapp:{RECIPIENT}")
    (forwarded,) = whatsapp.deliver("forward", "hi").messages
    assert (forwarded.to, forwarded.from_) == (OWNER, RECIPIENT)
    assert forwarded.body == f"whatsapp:{SENDER}: hi"
    answer = phone(OWNER).deliver("forward", f"whatsapp:{SENDER}: hello").messages[0]
    assert (answer.to, answer.from_) == (f"whatsapp:{SENDER}", f"whatsapp:{RECIPIENT}")
    assert answer.body == "hello"


def test_a_location_and_a_contact_card_are_forwarded_as_text(phone: Callable[..., Sms]) -> None:
    place = phone(SENDER).deliver("forward", "", Latitude="1.5", Longitude="2.5")
    assert place.messages[0].body == f"{SENDER}: Location: https://maps.google.com/?q=1.5,2.5"
    card = {"MediaContentType0": "text/x-vcard"}
    sent_card = phone(SENDER).deliver("forward", "", ["https://a.b/card"], **card)
    assert sent_card.messages[0].body == f"{SENDER}: Contact card"


def test_the_owners_number_is_recognized_in_any_format(phone: Callable[..., Sms]) -> None:
    owner = phone("whatsapp:+5215512345678", FORWARD_TO="+525512345678")
    assert sent(owner.deliver("forward", "hello?")) == [(None, HINT, [])]


def test_the_sender_and_a_long_word_stay_in_one_message(phone: Callable[..., Sms]) -> None:
    first = phone(SENDER).deliver("forward", "😀" * 800).messages[0]
    assert len(first.body) > 700


@pytest.mark.parametrize("number", [OWNER, RECIPIENT])
def test_the_owner_cannot_text_the_owner_or_the_app(phone: Callable[..., Sms], number: str) -> None:
    assert sent(phone(OWNER).deliver("forward", f"{number} hi")) == [(None, HINT, [])]


@pytest.mark.parametrize("from_", [SENDER, OWNER[1:], OWNER + "0", "Acme"])
def test_a_customer_cannot_choose_the_recipient(phone: Callable[..., Sms], from_: str) -> None:
    stranger = phone(from_)
    owner = phone(OWNER)
    owner.deliver("forward", f"{BOB} hi")
    stranger.twilio.jar(from_, RECIPIENT).keep(owner.cookie)
    assert stranger.cookie == owner.cookie
    for body in (f"{BOB} buy this", "buy this"):
        assert sent(stranger.deliver("forward", body)) == [(OWNER, f"{from_}: {body}", [])]


def test_replies_can_be_disabled(
    phone: Callable[..., Sms], caplog: pytest.LogCaptureFixture
) -> None:
    assert sent(phone(OWNER, FORWARD_REPLIES="off").deliver("forward", f"{BOB} hi")) == []
    assert "FORWARD_REPLIES is off" in caplog.records[-1].getMessage()
    assert sent(phone(SENDER, FORWARD_REPLIES="off").deliver("forward", "hi"))[0][0] == OWNER


def test_forwarding_to_the_number_itself_would_loop(
    phone: Callable[..., Sms], caplog: pytest.LogCaptureFixture
) -> None:
    for from_ in (SENDER, RECIPIENT):
        assert sent(phone(from_, FORWARD_TO=RECIPIENT).deliver("forward", "hi")) == []
        assert 'note="not forwarded: FORWARD_TO is the number' in caplog.records[-1].getMessage()


def test_without_an_owner_it_is_not_available(
    phone: Callable[..., Sms], caplog: pytest.LogCaptureFixture
) -> None:
    response = phone(SENDER, FORWARD_TO="").deliver("forward", "hi").response
    assert response is not None
    assert response.status == 503
    assert b"FORWARD_TO" not in response.content
    line = caplog.records[-1].getMessage()
    assert "status=503 method=POST flow=forward" in line
    assert 'reason="FORWARD_TO not set" next="set it and restart' in line


@pytest.mark.parametrize("body", ["STOP", "stop.", "Unsubscribe"])
def test_a_stop_word_is_never_forwarded(phone: Callable[..., Sms], body: str) -> None:
    assert sent(phone(SENDER).deliver("forward", body)) == []
