"""A script's answers, posted to a signed webhook on this machine."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable

import pytest
from standardwebhooks import Webhook

from parley.conversation import FlowError, script
from parley.settings import SettingsError
from parley.testing import Sms
from tests.services.upstream import Answer, said, sends, source, stalls

KEY = b"\xfb\xff\xfe" * 8
SECRET = "whsec_" + base64.b64encode(KEY).decode()
OLDER = "whsec_" + base64.b64encode(b"older" * 5).decode()
FLOW = """
from parley import Finished, Script, date, post_webhook, script

@script(on_finished=post_webhook)
def lunch() -> Script:
    name = yield "Your name?"
    day = yield from date("When?")
    if name == "nobody":
        return "Goodbye."
    return Finished(f"See you, {name}.", name=name, day=day, dishes=["soup", "cake"], guests=2)
"""
TAKEN = sends(said(b"", "204 No Content"))


@pytest.fixture
def lunch_at(sms: Sms, guest_flow: Callable[[str, str], None]) -> Callable[..., Sms]:
    """A phone that texts a script with a webhook at a URL."""
    guest_flow("lunch", FLOW)

    def make(url: str, secret: str = SECRET) -> Sms:
        settings = {"ANSWERS_WEBHOOK_URL": url, "ANSWERS_WEBHOOK_SECRET": secret}
        return sms(settings={**settings, "TIME_ZONE": "Europe/Berlin"})

    return make


def received(request: bytes) -> tuple[dict[str, str], bytes]:
    """Return the headers, by lower-case name, and the body of a request."""
    head, _, body = request.partition(b"\r\n\r\n")
    lines = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:]]
    return {name.lower(): value for name, value in lines}, body


def order(phone: Sms, name: str = "Zoë", sid: str = "SM" + "a" * 32) -> str:
    for body in ("hi", name):
        phone.text("lunch", body)
    return phone.text("lunch", "tomorrow", MessageSid=sid)


def test_the_answers_are_posted_with_the_headers_of_standard_webhooks(
    lunch_at: Callable[..., Sms],
) -> None:
    with source(TAKEN) as (url, asked):
        phone = lunch_at(url)
        phone.clock.now = 1_800_000_000.0
        assert order(phone) == "See you, Zoë."
    headers, body = received(asked[0])
    assert asked[0].startswith(b"POST /doge HTTP/1.1\r\n")
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"] == "SM" + "a" * 32 + "-2"
    assert headers["webhook-timestamp"] == "1800000000"
    # Computed by the specification, with the standard library only.
    signed = f"{headers['webhook-id']}.1800000000.".encode() + body
    digest = hmac.new(KEY, signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    assert json.loads(body) == {
        "type": "conversation.finished",
        "timestamp": "2027-01-15T08:00:00+00:00",
        "data": {
            "flow": "lunch",
            "answers": {
                "name": "Zoë",
                "day": "2027-01-16",
                "dishes": ["soup", "cake"],
                "guests": 2,
            },
        },
    }


def test_a_receiver_verifies_it_with_either_secret_during_a_rotation(
    lunch_at: Callable[..., Sms],
) -> None:
    with source(TAKEN) as (url, asked):
        phone = lunch_at(url, f"{SECRET}, {OLDER}")
        phone.clock.now = time.time()
        order(phone)
    headers, body = received(asked[0])
    for secret in (SECRET, OLDER):
        assert Webhook(secret).verify(body, headers)["data"]["flow"] == "lunch"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (sends(said(b"", "500 Oops")), "the server responds with 500"),
        (sends(said(b"", "302 Found", "Location: /other")), "the server responds with 302"),
        (sends(b""), "no complete response: RemoteDisconnected"),
    ],
)
def test_if_the_webhook_is_down_the_sender_gets_a_reply_and_it_is_logged(
    lunch_at: Callable[..., Sms], caplog: pytest.LogCaptureFixture, answer: Answer, why: str
) -> None:
    with source(answer, TAKEN) as (url, asked):
        phone = lunch_at(url)
        assert order(phone, "Recognisable") == "See you, Recognisable."
        (line,) = [each for each in caplog.records if each.levelname == "WARNING"]
        assert line.getMessage().startswith("turn status=200 flow=lunch ")
        assert f'note="the answers were not submitted: {why}"' in line.getMessage()
        assert "Recognisable" not in caplog.text
        assert "2027" not in line.getMessage()
        assert phone.deliver_again() == "See you, Recognisable."
    first, second = map(received, asked)
    assert first[0]["webhook-id"] == second[0]["webhook-id"]
    assert json.loads(first[1])["data"] == json.loads(second[1])["data"]


def test_a_slow_webhook_delays_the_reply_at_most_by_its_timeout(
    lunch_at: Callable[..., Sms],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("parley.services.post_webhook.DEADLINE", 0.3)
    with source(stalls) as (url, _):
        phone = lunch_at(url)
        started = time.monotonic()
        assert order(phone) == "See you, Zoë."
    assert time.monotonic() - started < 3
    assert "the server took more than 0.3 seconds" in caplog.text


def test_only_a_finished_script_posts_its_answers(lunch_at: Callable[..., Sms]) -> None:
    with source(TAKEN) as (url, asked):
        assert order(lunch_at(url), "nobody") == "Goodbye."
        assert not asked


@pytest.mark.parametrize(
    "secret",
    ["hunter2", "whsec_", "whsec_ü", SECRET.removeprefix("whsec_"), f"{SECRET},", "whsec_x"],
)
def test_an_invalid_secret_is_an_error(lunch_at: Callable[..., Sms], secret: str) -> None:
    with pytest.raises(SettingsError, match="ANSWERS_WEBHOOK_SECRET is not a signing secret") as no:
        lunch_at("http://127.0.0.1:1/", secret).text("lunch")
    assert secret not in str(no.value).replace('print("whsec_"', "")


def test_without_its_settings_the_script_is_not_served(
    sms: Sms, guest_flow: Callable[[str, str], None], caplog: pytest.LogCaptureFixture
) -> None:
    guest_flow("lunch", FLOW)
    response = sms.deliver("lunch").response
    assert response is not None
    assert response.status == 503
    assert "ANSWERS_WEBHOOK_URL" in caplog.text
    assert "ANSWERS_WEBHOOK_SECRET" in caplog.text


OWN = """
from parley import Finished, Outgoing, Reply, Script, ServiceError, Submission, Switch, script

def keep(submission: Submission, *, shelf, fails: Switch = False) -> None:
    if fails:
        raise {error}("down")
    shelf(repr(submission), dict(submission.answers))

@script(on_finished=keep)
def lunch(*, shelf) -> Script:
    name = yield "Your name?"
    return Finished(Reply("See you.", Outgoing("One more.", to="+15550000009")), name=name)
"""


def test_an_authors_function_gets_services_and_settings_by_name(
    sms: Sms, guest_flow: Callable[[str, str], None]
) -> None:
    guest_flow("lunch", OWN.format(error="ServiceError"))
    kept: list[tuple[str, dict[str, str]]] = []
    phone = sms(services={"shelf": lambda *given: kept.append(given)})
    phone.text("lunch")
    assert phone.text("lunch", "Zoë") == "See you.\n(to +15550000009) One more."
    ((shown, answers),) = kept
    assert answers == {"name": "Zoë"}
    assert "Zoë" not in shown


@pytest.mark.parametrize(("error", "status"), [("ServiceError", 200), ("ValueError", 500)])
def test_only_a_service_error_is_tolerated(
    sms: Sms, guest_flow: Callable[[str, str], None], error: str, status: int
) -> None:
    guest_flow("lunch", OWN.format(error=error))
    phone = sms(services={"shelf": print}, settings={"FAILS": "on"})
    phone.text("lunch")
    response = phone.deliver("lunch", "Zoë").response
    assert response is not None
    assert response.status == status


def test_a_script_that_returns_finished_needs_on_finished(
    sms: Sms, guest_flow: Callable[[str, str], None], caplog: pytest.LogCaptureFixture
) -> None:
    guest_flow("lunch", FLOW.replace("(on_finished=post_webhook)", ""))
    for body in ("hi", "Zoë"):
        sms.text("lunch", body)
    response = sms.deliver("lunch", "tomorrow").response
    assert response is not None
    assert response.status == 500
    assert "the script lunch returns Finished, but has no on_finished" in caplog.text


def test_on_finished_is_a_function() -> None:
    with pytest.raises(FlowError, match="on_finished='webhook', which is not a function"):

        @script(on_finished="webhook")
        def lunch():  # type: ignore[no-untyped-def]
            yield "Name?"
