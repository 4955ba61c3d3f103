"""The service `send_text`, with the stand-in for Twilio's REST API."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from parley import create_app
from parley.conversation import ServiceError
from parley.services.send_text import TextSender
from parley.services.twilio_api import Deadline, TwilioApi, TwilioRejected, UnknownOutcome
from parley.settings import Settings
from parley.testing import Clock
from tests.rest.stand_in import (
    ACCOUNT,
    API,
    AUTH_TOKEN,
    KEY,
    KEY_SECRET,
    NUMBER,
    SERVICE,
    StandIn,
    error,
    raw,
)
from tests.services.conftest import Twilios
from tests.webhook import ALICE, Twilio, message

OWNER = "+15551230009"
MESSAGES = f"{API}/Messages.json"


@pytest.fixture
def send_text(api: TwilioApi) -> Callable[..., str]:
    return TextSender(api).send_text


def test_it_posts_a_message_and_returns_its_sid(
    send_text: Callable[..., str], stand_in: StandIn
) -> None:
    sid = send_text(OWNER, "Zoë & co: 1+1", NUMBER)
    assert sid.startswith("SM")
    assert len(sid) == 34
    assert stand_in.posted(MESSAGES) == [{"To": OWNER, "From": NUMBER, "Body": "Zoë & co: 1+1"}]


def test_pictures_and_a_messaging_service(send_text: Callable[..., str], stand_in: StandIn) -> None:
    urls = ["https://example.com/1.jpg", "https://example.com/2.jpg?a=1&b"]
    assert send_text(OWNER, "", SERVICE, media=urls).startswith("MM")
    sent = {"To": OWNER, "MessagingServiceSid": SERVICE, "MediaUrl": " ".join(urls)}
    assert stand_in.posted(MESSAGES) == [sent]


def test_an_api_key_is_enough(twilios: Twilios) -> None:
    api = TwilioApi(ACCOUNT, KEY, KEY_SECRET, twilios[1])
    assert TextSender(api).send_text(OWNER, "hi", NUMBER)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (21610, "Twilio rejects it with 21610: the recipient has opted out"),
        (21999, "Twilio rejects it with 21999: see https://www.twilio.com/docs/errors/21999"),
    ],
)
def test_a_rejection_is_explained_without_twilios_text(
    send_text: Callable[..., str], stand_in: StandIn, code: int, reason: str
) -> None:
    stand_in.refused[OWNER] = error(400, code, f"{OWNER} said 'my secret'")
    with pytest.raises(TwilioRejected) as caught:
        send_text(OWNER, "my secret", NUMBER)
    assert str(caught.value) == reason
    assert caught.value.code == code
    assert isinstance(caught.value, ServiceError)


def test_wrong_credentials_are_reported(twilios: Twilios) -> None:
    api = TwilioApi(ACCOUNT, ACCOUNT, "another token", twilios[1])
    with pytest.raises(TwilioRejected, match="20003: Twilio does not accept these credentials"):
        TextSender(api).send_text(OWNER, "hi", NUMBER)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (raw("503 Service Unavailable"), "Twilio failed with status 503"),
        (b"", "Twilio did not answer"),
        (raw("200 OK", b"<html>"), "the response is not Twilio's"),
        (raw("201 Created", b"[1]"), "the response is not Twilio's"),
        (raw("201 Created", b'{"status": "queued"}'), "the response is not Twilio's"),
    ],
)
def test_an_unclear_result_is_an_unknown_outcome(
    send_text: Callable[..., str], stand_in: StandIn, answer: bytes, reason: str
) -> None:
    stand_in.instead = lambda _: answer
    with pytest.raises(UnknownOutcome, match=reason):
        send_text(OWNER, "hi", NUMBER, idempotency_key="key")
    with pytest.raises(UnknownOutcome, match=reason):  # it is not sent again
        send_text(OWNER, "hi", NUMBER, idempotency_key="key")
    assert len(stand_in.asked) == 1


def test_a_message_that_fails_immediately_is_rejected(
    send_text: Callable[..., str], stand_in: StandIn
) -> None:
    failed = {"sid": "SM", "status": "failed", "error_code": 30006, "error_message": OWNER}
    stand_in.instead = lambda _: (201, failed)
    with pytest.raises(TwilioRejected, match="30006: this is a landline"):
        send_text(OWNER, "hi", NUMBER)


def test_without_a_connection_nothing_was_sent() -> None:
    api = TwilioApi(ACCOUNT, ACCOUNT, AUTH_TOKEN, {"https://api.twilio.com": "http://127.0.0.1:1"})
    with pytest.raises(
        ServiceError, match="Twilio cannot be reached: Connection refused"
    ) as caught:
        TextSender(api).send_text(OWNER, "hi", NUMBER)
    assert not isinstance(caught.value, UnknownOutcome)


def test_a_slow_response_times_out_at_the_deadline(api: TwilioApi, stand_in: StandIn) -> None:
    def slow(_: object) -> None:
        time.sleep(1)

    stand_in.instead = slow
    started = time.monotonic()
    with pytest.raises(UnknownOutcome, match=r"more than 0|TimeoutError"):
        api.send("GET", "https://api.twilio.com/", Deadline(0.2))
    assert time.monotonic() - started < 0.8
    passed = Deadline(0)
    with pytest.raises(ServiceError, match="took more than"):
        api.send("GET", "https://api.twilio.com/", passed)


def test_a_key_sends_a_text_once(send_text: Callable[..., str], stand_in: StandIn) -> None:
    first = send_text(OWNER, "hi", NUMBER, idempotency_key="SM1-0")
    assert send_text(OWNER, "hi", NUMBER, idempotency_key="SM1-0") == first
    others = [
        send_text(OWNER, "hi", NUMBER, idempotency_key="SM2-0"),
        send_text(ALICE, "hi", NUMBER, idempotency_key="SM1-0"),
        send_text(OWNER, "bye", NUMBER, idempotency_key="SM1-0"),
        send_text(OWNER, "hi", NUMBER),
        send_text(OWNER, "hi", NUMBER),
    ]
    assert len({first, *others}) == 6
    assert len(stand_in.posted(MESSAGES)) == 6


def test_a_rejected_text_may_be_sent_again_with_its_key(
    send_text: Callable[..., str], stand_in: StandIn
) -> None:
    stand_in.refused[OWNER] = error(429, 20429, "Too Many Requests")
    with pytest.raises(TwilioRejected):
        send_text(OWNER, "hi", NUMBER, idempotency_key="key")
    del stand_in.refused[OWNER]
    assert send_text(OWNER, "hi", NUMBER, idempotency_key="key")


def test_two_concurrent_calls_with_one_key_send_once(
    send_text: Callable[..., str], stand_in: StandIn
) -> None:
    stand_in.instead = lambda _: time.sleep(0.3)
    sids: list[str] = []

    def send() -> None:
        sids.append(send_text(OWNER, "hi", NUMBER, idempotency_key="key"))

    threads = [threading.Thread(target=send) for _ in range(5)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(5)
    assert len(sids) == 5
    assert len(set(sids)) == 1
    assert len(stand_in.posted(MESSAGES)) == 1


TELL = """
from parley import Reply, ServiceError

OWNER = "+15551230009"


def tell(message, session, *, send_text):
    try:
        key = message.sid
        send_text(OWNER, f"{message.from_}: {message.body}", message.to, idempotency_key=key)
    except ServiceError as error:
        return Reply("Please call us.", note=str(error))
    return Reply("We told them.")
"""


@pytest.fixture
def tell(
    guest_flow: Callable[[str, str], None],
    environ: dict[str, str],
    clock: Clock,
) -> Callable[..., Twilio]:
    guest_flow("tell", TELL)

    def make(services: Mapping[str, Any] | None = None, **settings: str) -> Twilio:
        app = create_app(
            Settings.load({**environ, **settings}), services=services or {}, clock=clock
        )
        return Twilio(app.test_client(use_cookies=False), to=NUMBER)

    return make


@pytest.mark.threat("S35")
def test_a_turn_that_is_delivered_twice_sends_once(
    tell: Callable[..., Twilio], send_text: Callable[..., str], stand_in: StandIn
) -> None:
    twilio = tell({"send_text": send_text})
    form = message("fire", from_=ALICE, to=NUMBER)
    for _ in range(2):
        assert "We told them." in twilio.post("/sms/tell", form).text
    assert [each["Body"] for each in stand_in.posted(MESSAGES)] == [f"{ALICE}: fire"]


def test_a_failure_is_logged_without_numbers_and_texts(
    tell: Callable[..., Twilio],
    send_text: Callable[..., str],
    stand_in: StandIn,
    caplog: pytest.LogCaptureFixture,
) -> None:
    stand_in.refused[OWNER] = error(400, 21610, f"Attempt to send to {OWNER}: my secret")
    assert tell({"send_text": send_text}).hears("tell", "my secret") == "Please call us."
    logged = "\n".join(each.getMessage() for each in caplog.records)
    assert "21610: the recipient has opted out" in logged
    assert OWNER not in logged
    assert "my secret" not in logged


KEYS_ALONE = {
    "TWILIO_ACCOUNT_SID": ACCOUNT,
    "TWILIO_AUTH_TOKEN": "",
    "TWILIO_WEBHOOK_SHARED_KEY": "a shared key",
}
DEVELOPMENT = {"PARLEY_MODE": "development", "PUBLIC_URL": "http://127.0.0.1:8000"}


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ({}, ("TWILIO_ACCOUNT_SID",)),
        (KEYS_ALONE, ("TWILIO_API_KEY",)),
        (DEVELOPMENT, ("TWILIO_ACCOUNT_SID", "TWILIO_API_KEY")),
        ({"TWILIO_ACCOUNT_SID": ACCOUNT}, ()),
        ({**KEYS_ALONE, "TWILIO_API_KEY": KEY, "TWILIO_API_SECRET": KEY_SECRET}, ()),
    ],
)
def test_which_settings_it_needs(
    tell: Callable[..., Twilio], settings: dict[str, str], missing: tuple[str, ...]
) -> None:
    webhook = tell(**settings).client.application.extensions["parley"]
    assert webhook.flows["tell"].missing == missing


def test_without_an_account_the_flow_answers_503_and_the_log_names_the_setting(
    tell: Callable[..., Twilio], caplog: pytest.LogCaptureFixture
) -> None:
    assert tell().text("tell").status_code == 503
    assert 'reason="TWILIO_ACCOUNT_SID not set"' in caplog.records[-1].getMessage()
