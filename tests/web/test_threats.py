"""Attacks with access to a part of the traffic, defended or not: see docs/security.md."""

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from parley import SettingsError
from parley.conversation import Session
from parley.sessions import ConversationKey, SessionCookie
from parley.testing import Clock
from tests.webhook import ALICE, APP, PUBLIC_URL, SECRET, TOKEN, Twilio, message, said, signature

MALLORY = "+15557770000"
OWNER = "+15550000009"
GREETING = "Hello, thanks for the new message!"
AN_HOUR = 3_600

Replay = Callable[..., TestResponse]


@pytest.fixture
def send(app: Flask) -> Replay:
    """Send a form as an attacker with only this signature, and perhaps a cookie."""

    def post(path: str, form: dict[str, Any], signed: str, cookie: str = "") -> TestResponse:
        headers = {"X-Twilio-Signature": signed, **({"Cookie": cookie} if cookie else {})}
        return app.test_client(use_cookies=False).post(
            path, data=form, headers=headers, environ_overrides={"RAW_URI": path}
        )

    return post


def signed(form: dict[str, Any], flow: str = "counter") -> str:
    return signature(f"{PUBLIC_URL}/sms/{flow}", form)


def payload(cookie: str) -> Any:
    """Return the content of a cookie, as anyone can read it without a secret."""
    middle = cookie.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))


@pytest.mark.threat("S2")
def test_a_replayed_request_changes_nothing_for_its_sender(twilio: Twilio, send: Replay) -> None:
    twilio.hears("counter")
    form, cookie = message(), twilio.cookie
    first = twilio.post("/sms/counter", form, Cookie=cookie)
    twilio.cookie = first.headers["Set-Cookie"].partition(";")[0]
    for _ in range(3):
        again = send("/sms/counter", form, signed(form), cookie)
        assert (again.data, again.headers["Set-Cookie"]) == (
            first.data,
            first.headers["Set-Cookie"],
        )
    assert twilio.hears("counter") == "Your current count is 2", (
        "the cookie at Twilio is still valid"
    )


@pytest.mark.threat("S2")
def test_a_signature_never_expires_but_a_cookie_does(
    twilio: Twilio, send: Replay, clock: Clock
) -> None:
    twilio.hears("counter")
    form, cookie = message(), twilio.cookie
    clock.later(4 * AN_HOUR - 1)
    assert said(send("/sms/counter", form, signed(form), cookie)) == ["Your current count is 1"]
    clock.later(365 * 24 * AN_HOUR)
    assert said(send("/sms/counter", form, signed(form), cookie)) == [GREETING]


@pytest.mark.threat("S2")
def test_a_replay_continues_a_copy_of_the_conversation(
    twilio: Twilio, send: Replay, clock: Clock
) -> None:
    twilio.hears("counter")
    form, cookie = message(), twilio.cookie
    for count in range(1, 6):
        answer = send("/sms/counter", form, signed(form), cookie)
        assert said(answer) == [f"Your current count is {count}"]
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
        clock.later(AN_HOUR * 3 / 5)
    assert twilio.hears("counter") == "Your current count is 1", (
        "the sender's conversation has changed"
    )


@pytest.mark.threat("S2")
def test_only_the_attacker_gets_the_response_to_a_replayed_request(
    make_app: Callable[..., Flask],
) -> None:
    """The attacker sees the owner's number, but no text is sent: only Twilio sends texts."""
    client = make_app(FORWARD_TO=OWNER).test_client(use_cookies=False)
    form = message("hi")
    path = "/sms/forward"
    headers = {"X-Twilio-Signature": signed(form, "forward")}
    answer = client.post(path, data=form, headers=headers, environ_overrides={"RAW_URI": path})
    assert said(answer) == [f"(to {OWNER}) {ALICE}: hi"]


CHANGES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "another sender": lambda form: {**form, "From": MALLORY},
    "another text": lambda form: {**form, "Body": "hj"},
    "one more": lambda form: {**form, "Extra": "x"},
    "a blank one more": lambda form: {**form, "Extra": ""},
    "one less": lambda form: {name: form[name] for name in form if name != "NumMedia"},
    "another case": lambda form: {**form, "AccountSid": form["AccountSid"].lower()},
}


@pytest.mark.threat("S3")
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_parameter_is_rejected(
    send: Replay, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    form = message()
    assert send("/sms/counter", form, signed(form)).status_code == 200
    assert send("/sms/counter", change(form), signed(form)).status_code == 403


def split_differently(form: dict[str, Any]) -> dict[str, Any]:
    """Return the same signed text, split so that the sender's words become another sender."""
    words = form["Body"].split("|")
    return {**form, "Body": words[0], "From": words[2], "FromX": f"From{form['From']}"}


@pytest.mark.threat("S4")
def test_a_request_that_is_split_differently_opens_no_other_session(
    twilio: Twilio, send: Replay
) -> None:
    """Mallory texts words that can be read as a sender, and sees the request with this text."""
    twilio.hears("counter")
    words = f"yes|From|{ALICE}|FromX"
    captured = message(words.replace("|", ""), from_=MALLORY)
    other = split_differently({**captured, "Body": words})
    assert signed(other) == signed(captured), "the two requests have different signatures"

    his = send("/sms/counter", captured, signed(captured))
    his_cookie = his.headers["Set-Cookie"].partition(";")[0]
    answer = send("/sms/counter", other, signed(captured), his_cookie)
    assert said(answer) == [GREETING], "Mallory's cookie opened for Alice's number"
    assert said(send("/sms/counter", other, signed(captured))) == [GREETING]
    assert twilio.hears("counter") == "Your current count is 1", "Alice's conversation has changed"


@pytest.mark.threat("S3")
@pytest.mark.parametrize("flow", ["counter", "status", "fallback"])
def test_a_signature_for_a_flows_url_is_rejected_at_the_shared_webhook(
    send: Replay, flow: str
) -> None:
    """The path of every flow starts with `/sms`, so its rest could be sent as a parameter name."""
    captured = message()
    for rest in ({f"/{flow}": ""}, {"": f"/{flow}"}, {"/": flow}):
        other = {**rest, **captured}
        assert signature(f"{PUBLIC_URL}/sms", other) == signed(captured, flow)
        assert send("/sms", other, signed(captured, flow)).status_code == 400
    assert send("/sms", captured, signature(f"{PUBLIC_URL}/sms", captured)).status_code == 200


@pytest.mark.threat("S15")
@pytest.mark.threat("S4")
def test_with_the_victims_cookie_a_split_request_opens_the_session(
    twilio: Twilio, send: Replay
) -> None:
    """Not defended: only TLS prevents an attacker from seeing both the request and the cookie."""
    twilio.hears("counter")
    words = f"yes|From|{ALICE}|FromX"
    captured = message(words.replace("|", ""), from_=MALLORY)
    other = split_differently({**captured, "Body": words})
    answer = send("/sms/counter", other, signed(captured), twilio.cookie)
    assert said(answer) == ["Your current count is 1"]
    assert twilio.hears("counter") == "Your current count is 1", "Alice's conversation has changed"


@pytest.mark.threat("S6")
def test_a_stolen_cookie_is_useless_without_a_signature_for_its_conversation(
    twilio: Twilio, another: Callable[..., Twilio], send: Replay
) -> None:
    twilio.hears("counter")
    cookie = twilio.cookie
    assert send("/sms/counter", message(), "", cookie).status_code == 403
    assert send("/sms/counter", message(), "A" * 27 + "=", cookie).status_code == 403
    assert another(from_=MALLORY, cookie=cookie).hears("counter") == GREETING
    assert another(cookie=cookie).hears("message-number").endswith("the new message.")


@pytest.mark.threat("S6")
def test_a_cookie_can_be_read_and_contains_no_number(twilio: Twilio) -> None:
    twilio.hears("sign-up")
    twilio.hears("sign-up", "Alice")
    assert "Alice" in json.dumps(payload(twilio.cookie))
    assert ALICE not in twilio.cookie
    assert ALICE[1:] not in json.dumps(payload(twilio.cookie))


@pytest.mark.threat("S7")
@pytest.mark.parametrize(("flow", "end"), [("counter", "STOP"), ("sign-up", "exit")])
def test_the_cookie_of_an_ended_conversation_opens_until_it_expires(
    twilio: Twilio, clock: Clock, flow: str, end: str
) -> None:
    """Not defended: Twilio deletes the cookie, but the server accepts a copy."""
    first = twilio.hears(flow)
    kept = twilio.cookie
    twilio.text(flow, end)
    assert twilio.cookie != kept
    assert twilio.hears(flow) == first, "Twilio kept the cookie"
    twilio.cookie = kept
    assert twilio.hears(flow) != first
    twilio.cookie = kept
    clock.later(4 * AN_HOUR)
    assert twilio.hears(flow).endswith(first)


def forged(session: dict[str, Any], clock: Clock, from_: str = ALICE) -> str:
    """Seal a cookie as an attacker with the session secret would, without the server's code."""
    body = base64.urlsafe_b64encode(json.dumps(session).encode()).rstrip(b"=")
    sealed = b"%d.%b" % (clock() + 4 * AN_HOUR, body)
    key = hmac.digest(SECRET.encode(), b"parley.session", "sha256")
    owner = b"".join(b"%d:%b" % (len(part), part.encode()) for part in ("counter", from_, APP))
    mac = base64.urlsafe_b64encode(hmac.digest(key, owner + sealed, "sha256")).rstrip(b"=")
    return f"parley={(sealed + b'.' + mac).decode()}"


@pytest.mark.threat("S9")
def test_the_session_secret_alone_sends_nothing(twilio: Twilio, send: Replay, clock: Clock) -> None:
    cookie = forged({"count": 41}, clock)
    assert send("/sms/counter", message(), "A" * 27 + "=", cookie).status_code == 403
    twilio.cookie = cookie
    assert twilio.hears("counter") == "Your current count is 41", "a signed request must accept it"


ODD_MEMORIES = [
    {"count": "x" * 1_000},
    {"count": {"__class__": "os.system"}},
    {"answers": [["a", []]], "marks": 7, "sid": None, "tries": "x"},
    {"": None},
]


@pytest.mark.threat("S9")
@pytest.mark.parametrize("memory", ODD_MEMORIES)
def test_a_forged_session_is_data_and_never_code(
    twilio: Twilio, clock: Clock, memory: dict[str, Any]
) -> None:
    for flow in ("counter", "sign-up"):
        key = ConversationKey(flow, ALICE, APP)
        cookie = SessionCookie([SECRET], clock).seal(Session(memory), key, 4 * AN_HOUR)
        twilio.cookie = cookie.partition(";")[0]
        assert twilio.text(flow).status_code == 200


@pytest.mark.threat("S11")
def test_the_auth_token_signs_for_any_sender_but_opens_no_session(
    twilio: Twilio, another: Callable[..., Twilio]
) -> None:
    """Not defended: texts in the name of any sender. Existing sessions stay at Twilio."""
    twilio.hears("counter")
    twilio.hears("counter")
    assert another(from_=ALICE).hears("counter") == GREETING
    made_up = twilio.cookie.replace(twilio.cookie.split(".")[1], "eyJjb3VudCI6OTl9")
    assert another(from_=ALICE, cookie=made_up).hears("counter") == GREETING
    assert twilio.hears("counter") == "Your current count is 2"


@pytest.mark.threat("S14")
@pytest.mark.parametrize("url", ["http://sms.example.com", "http://127.0.0.1:8000"])
def test_without_https_production_does_not_start(make_app: Callable[..., Flask], url: str) -> None:
    with pytest.raises(SettingsError, match="cookies, so they are trusted only over https"):
        make_app(PUBLIC_URL=url)
    assert make_app(PUBLIC_URL=url.replace("http", "https"))


@pytest.mark.threat("S17")
@pytest.mark.threat("S18")
def test_signatures_of_another_twilio_account_are_rejected(send: Replay) -> None:
    """Also a subaccount has its own token; its AccountSid in the request is not a proof."""
    form = message()
    for token in ("the token of another customer.", TOKEN[::-1], "", TOKEN + " ", TOKEN[:-1]):
        theirs = signature(f"{PUBLIC_URL}/sms/counter", form, token)
        assert send("/sms/counter", form, theirs).status_code == 403


@pytest.mark.threat("S19")
def test_a_text_does_not_become_markup(make_app: Callable[..., Flask]) -> None:
    alice = Twilio(make_app(FORWARD_TO=OWNER).test_client(use_cookies=False))
    text = "</Message><Message to='+19005550000'>pay</Message>]]>&lt;<!--"
    assert said(alice.text("forward", text)) == [f"(to {OWNER}) {ALICE}: {text}"]
    alice.text("sign-up")
    assert said(alice.text("sign-up", text)) == [f"Hello {text}. What is your favourite colour?"]


@pytest.mark.threat("S20")
def test_a_spoofed_sender_continues_the_conversation_but_gets_no_reply(
    twilio: Twilio,
) -> None:
    """Not defended: to Twilio it is Alice's text, so Twilio sends her cookie."""
    twilio.hears("counter")
    spoofed = twilio.text("counter", "not from Alice")
    assert said(spoofed) == ["Your current count is 1"], "no `to`: Twilio texts Alice's phone"
