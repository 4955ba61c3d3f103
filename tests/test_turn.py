"""A turn, and the session that it passes to the next one."""

from collections.abc import Callable

import pytest

from parley.conversation import Session
from parley.discovery import load_flows
from parley.sessions import ConversationKey, SessionCookie
from parley.testing import Clock
from tests.webhook import ALICE, APP, SECRET, Twilio, message, said

GREETING = "Hello, thanks for the new message!"


def test_a_reply_is_twiml(twilio: Twilio) -> None:
    response = twilio.text("counter")
    assert response.status == "200 OK"
    assert response.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert response.data == (
        b'<?xml version="1.0" encoding="UTF-8"?>'
        b"<Response><Message>Hello, thanks for the new message!</Message></Response>"
    )


@pytest.mark.parametrize("path", ["/sms/reset-after-five", "/sms/reset-after-five/"])
def test_a_trailing_slash_is_ignored(twilio: Twilio, path: str) -> None:
    response = twilio.post(path, message())
    assert response.status_code == 200
    assert said(response)[0].startswith("Hello, thanks for the new message! Message again")


def test_get_and_json_requests_continue_the_same_conversation(twilio: Twilio) -> None:
    assert twilio.hears("counter") == GREETING
    query = "From=%2B15551230001&To=%2B15559870002&Body=&MessageSid=SM2"
    got = twilio.get(f"/sms/counter?{query}", Cookie=twilio.cookie)
    assert said(got) == ["Your current count is 1"]
    cookie = got.headers["Set-Cookie"].partition(";")[0]
    posted = twilio.post_json("/sms/counter", message(), Cookie=cookie)
    assert said(posted) == ["Your current count is 2"]


def test_a_turn_without_changes_renews_the_cookie(twilio: Twilio, clock: Clock) -> None:
    twilio.hears("counter")
    for hours in range(1, 4):
        clock.later(3.9 * 3_600)
        assert twilio.hears("counter") == f"Your current count is {hours}"


@pytest.mark.parametrize(("flow", "lifetime"), [("counter", 14_400), ("brief-counter", 1_800)])
def test_a_conversation_expires_after_its_idle_time(
    twilio: Twilio, clock: Clock, flow: str, lifetime: int
) -> None:
    assert f"Max-Age={lifetime}" in twilio.text(flow).headers["Set-Cookie"].split("; ")
    clock.later(lifetime - 1)
    assert twilio.hears(flow) == "Your current count is 1"
    clock.later(lifetime)
    assert twilio.hears(flow) == GREETING


def test_the_end_of_a_conversation_removes_the_cookie(twilio: Twilio) -> None:
    for _ in range(6):
        twilio.text("reset-after-five")
    response = twilio.text("reset-after-five")
    assert said(response) == ["You've reached the end of the count!"]
    assert response.headers.getlist("Set-Cookie") == [
        "parley=; Path=/; HttpOnly; Secure; Max-Age=0"
    ]
    assert twilio.cookie == ""


def test_an_invalid_cookie_is_removed_if_the_flow_stores_nothing(twilio: Twilio) -> None:
    twilio.cookie = "parley=x"
    assert "Max-Age=0" in twilio.text("static-reply").headers["Set-Cookie"]
    assert "Set-Cookie" not in twilio.text("static-reply").headers


@pytest.mark.threat("S5")
def test_a_cookie_of_another_pair_or_flow_starts_a_new_conversation(
    twilio: Twilio, another: Callable[..., Twilio]
) -> None:
    twilio.hears("counter")
    for other, flow in [
        (another(from_="+15551230009", cookie=twilio.cookie), "counter"),
        (another(to="+15559870009", cookie=twilio.cookie), "counter"),
        (another(from_=twilio.to, to=twilio.from_, cookie=twilio.cookie), "counter"),
        (another(cookie=twilio.cookie), "brief-counter"),
    ]:
        assert other.hears(flow) == GREETING
    assert twilio.hears("counter") == "Your current count is 1"


@pytest.mark.threat("S5")
@pytest.mark.parametrize("of", load_flows())
def test_a_cookie_opens_only_for_its_flow(
    twilio: Twilio, clock: Clock, caplog: pytest.LogCaptureFixture, of: str
) -> None:
    """Including flows that lack a setting and answer 503."""
    key = ConversationKey(of, ALICE, APP)
    cookie = SessionCookie([SECRET], clock).seal(Session({"count": 1}), key, 1_800)
    for flow in load_flows():
        caplog.clear()
        twilio.post(f"/sms/{flow}", message(), Cookie=cookie.partition(";")[0])
        found = caplog.records[-1].getMessage().partition(" memory=")[2].split()[0]
        assert (found == "foreign") is (flow != of), flow


@pytest.mark.parametrize("address", ["\ud800", "é\x00\n", "whatsapp:+15551230001", "x" * 10_000])
def test_any_address_can_have_a_conversation(another: Callable[..., Twilio], address: str) -> None:
    form = message(from_=address)
    twilio = another()
    first = twilio.post_json("/sms/counter", form)
    cookie = first.headers["Set-Cookie"].partition(";")[0]
    assert said(twilio.post_json("/sms/counter", form, Cookie=cookie)) == [
        "Your current count is 1"
    ]


def test_the_first_value_of_a_repeated_parameter_is_used(twilio: Twilio) -> None:
    twilio.hears("counter")
    form = message(from_=twilio.from_)
    form["To"] = [APP, "+15550000000"]
    assert said(twilio.post("/sms/counter", form, Cookie=twilio.cookie)) == [
        "Your current count is 1"
    ]
