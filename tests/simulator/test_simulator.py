"""The simulated Twilio with the real application, in process, including errors."""

from collections.abc import Callable
from urllib.parse import parse_qsl

import pytest
from flask import Flask

from parley.http_client import Request, Response, Timeouts
from parley.simulator.carrier import LOOP
from parley.simulator.delivery import Webhook
from parley.simulator.history import MOST_PAIRS
from parley.simulator.in_process import over_wsgi
from parley.simulator.simulator import TwilioSimulator
from parley.testing import AUTH_TOKEN, PUBLIC_URL, Clock

COUNTER = Webhook(f"{PUBLIC_URL}/sms/counter", AUTH_TOKEN)
ALICE, APP, OWNER = "+15551230001", "+15559870002", "+15550000009"


def test_two_concurrent_texts_have_the_same_cookie(app: Flask, clock: Clock) -> None:
    simulator = TwilioSimulator(over_wsgi(app), clock)
    simulator.text(COUNTER, ALICE, APP, "hi")
    both = simulator.two_at_once(COUNTER, ALICE, APP, "one", "two")
    assert [each.messages[0].body for each in both] == ["Your current count is 1"] * 2
    after = simulator.text(COUNTER, ALICE, APP, "hi")
    assert after.messages[0].body == "Your current count is 2"


def test_a_forwarded_text_arrives_in_the_thread_of_its_number(
    make_app: Callable[..., Flask], clock: Clock
) -> None:
    simulator = TwilioSimulator(over_wsgi(make_app(FORWARD_TO=OWNER)), clock)
    webhook = Webhook(f"{PUBLIC_URL}/sms/forward", AUTH_TOKEN)
    simulator.text(webhook, ALICE, APP, "hi")
    assert [each.body for each in simulator.threads[(OWNER, APP)]] == [f"{ALICE}: hi"]
    assert [each.body for each in simulator.threads[(ALICE, APP)]] == ["hi"]
    simulator.text(webhook, OWNER, APP, f"{ALICE} coming")
    assert [each.body for each in simulator.threads[(ALICE, APP)]] == ["hi", "coming"]


def test_the_number_of_conversations_is_limited(app: Flask, clock: Clock) -> None:
    simulator = TwilioSimulator(over_wsgi(app), clock)
    for number in range(MOST_PAIRS + 5):
        simulator.text(COUNTER, f"+1555{number:07d}", APP, "hi")
        simulator.jar(f"+1666{number:07d}", APP, keep=False)
    assert len(simulator.threads) == MOST_PAIRS
    assert ("+15550000000", APP) not in simulator.history.steps
    assert simulator.text(COUNTER, "+15550000104", APP, "hi").messages[0].body.endswith("1")


def test_only_twilio_answers_a_stop_word(app: Flask, clock: Clock) -> None:
    simulator = TwilioSimulator(over_wsgi(app), clock)
    delivery = simulator.text(COUNTER, ALICE, APP, "STOP")
    assert not delivery.messages
    assert [each.from_ for each in simulator.threads[(ALICE, APP)]] == [ALICE, "Twilio"]
    refused = simulator.text(COUNTER, ALICE, APP, "hi")
    assert [each.code for each in refused.errors] == [21610]


def test_the_fallback_answers_for_a_failing_flow(
    make_app: Callable[..., Flask], guest_flow: Callable[[str, str], None], clock: Clock
) -> None:
    guest_flow("lunch", "def lunch(message, session): return 1 / 0")
    simulator = TwilioSimulator(over_wsgi(make_app()), clock)
    fallback = f"{PUBLIC_URL}/sms/fallback"
    webhook = Webhook(f"{PUBLIC_URL}/sms/lunch", AUTH_TOKEN, fallback_url=fallback)
    delivery = simulator.text(webhook, ALICE, APP, "hi")
    assert [each.code for each in delivery.errors] == [11200]
    assert delivery.messages[0].body.startswith("Sorry, something went wrong.")


def test_another_simulator_continues_from_a_snapshot(app: Flask, clock: Clock) -> None:
    first = TwilioSimulator(over_wsgi(app), clock)
    bob = "+15551230002"
    first.text(COUNTER, bob, APP, "STOP")
    for _ in range(2):
        first.text(COUNTER, ALICE, APP, "hi")
    first.later(60)

    second = TwilioSimulator(over_wsgi(app), clock)
    second.restore(first.snapshot())
    assert second.now() == first.now()
    assert second.threads == first.threads
    assert second.history.steps == first.history.steps
    assert second.deliveries.keys() == first.deliveries.keys()
    assert [each.code for each in second.text(COUNTER, bob, APP, "hi").errors] == [21610]
    again = second.again(ALICE, APP)
    assert again is not None
    assert again.messages[0].body == "Your current count is 1"
    assert second.text(COUNTER, ALICE, APP, "hi").messages[0].body == "Your current count is 2"
    second.step_back(ALICE, APP)
    assert second.text(COUNTER, ALICE, APP, "hi").messages[0].body == "Your current count is 2"
    second.later(4 * 3_600)
    assert second.text(COUNTER, ALICE, APP, "hi").messages[0].body.startswith("Hello")
    kept = [each for each in first.threads[(ALICE, APP)] if not each.is_event]
    assert len(kept) == 4, "the first simulator changed"


def test_an_event_is_recorded_once_after_the_last_message(app: Flask, clock: Clock) -> None:
    simulator = TwilioSimulator(over_wsgi(app), clock)
    simulator.note("Reloaded.")
    assert not simulator.threads
    simulator.text(COUNTER, ALICE, APP, "hi")
    simulator.note("Reloaded.")
    simulator.note("Reloaded.")
    simulator.text(COUNTER, ALICE, APP, "hi")
    events = [each.is_event for each in simulator.threads[(ALICE, APP)]]
    assert events == [False, False, True, False, False]


def bodies(simulator: TwilioSimulator) -> list[str]:
    return [each.body for each in simulator.threads[(ALICE, APP)]]


def test_a_delayed_text_arrives_after_a_later_one(app: Flask, clock: Clock) -> None:
    simulator = TwilioSimulator(over_wsgi(app), clock)
    simulator.hold(COUNTER, ALICE, APP, "first")
    simulator.text(COUNTER, ALICE, APP, "second")
    assert bodies(simulator) == [
        "Held back: first",
        "second",
        "Hello, thanks for the new message!",
        "first",
        "Your current count is 1",
    ]
    assert [each.parameters["Body"] for each in simulator.deliveries[(ALICE, APP)]] == [
        "second",
        "first",
    ]


@pytest.mark.parametrize(("fault", "called"), [("server down", 0), ("answer lost", 1)])
def test_a_simulated_fault_also_affects_the_fallback(
    app: Flask, clock: Clock, fault: str, called: int
) -> None:
    seen: list[Request] = []

    def send(request: Request, timeouts: Timeouts) -> Response:
        seen.append(request)
        return over_wsgi(app)(request, timeouts)

    simulator = TwilioSimulator(send, clock)
    webhook = Webhook(COUNTER.url, AUTH_TOKEN, fallback_url=f"{PUBLIC_URL}/sms/fallback")
    delivery = simulator.text(webhook, ALICE, APP, "hi", fault=fault)
    assert (len(seen), delivery.messages, len(delivery.errors)) == (called, [], 1)
    assert not simulator.jar(ALICE, APP).header(), "the cookie of a lost response was stored"


def test_the_status_of_a_reply_is_reported_on_request(
    make_app: Callable[..., Flask], clock: Clock
) -> None:
    simulator = TwilioSimulator(over_wsgi(make_app(STATUS_CALLBACKS="on")), clock)
    delivered = simulator.text(COUNTER, ALICE, APP, "hi", fate="delivered")
    assert [each[1] and each[1].status for each in delivered.receipts] == [200, 200]
    lost = simulator.text(COUNTER, ALICE, APP, "hi", fate="30003")
    forms = [dict(parse_qsl(request.body.decode())) for request, _ in lost.receipts]
    assert [(each["MessageStatus"], each.get("ErrorCode")) for each in forms] == [
        ("sent", None),
        ("undelivered", "30003"),
    ]
    assert {each["To"] for each in forms} == {ALICE}
    last = simulator.threads[(ALICE, APP)][-1]
    assert (last.status, last.error and last.error.what) == (
        "undelivered",
        "the phone cannot be reached",
    )
    plain = TwilioSimulator(over_wsgi(make_app()), clock)
    assert plain.text(COUNTER, ALICE, APP, "hi", fate="30003").receipts == []


def test_a_cleared_conversation_starts_again(app: Flask, clock: Clock) -> None:
    simulator = TwilioSimulator(over_wsgi(app), clock)
    simulator.text(COUNTER, ALICE, APP, "hi")
    simulator.text(COUNTER, ALICE, APP, "STOP")
    simulator.clear(ALICE, APP)
    assert (ALICE, APP) not in simulator.threads
    assert simulator.again(ALICE, APP) is None
    delivery = simulator.text(COUNTER, ALICE, APP, "hi")
    assert (delivery.errors, bodies(simulator)[1][:5]) == ([], "Hello")


def test_a_loop_has_its_own_error(app: Flask, clock: Clock) -> None:
    simulator = TwilioSimulator(over_wsgi(app), clock)
    for _ in range(30):
        simulator.text(COUNTER, ALICE, APP, "hi")
    assert simulator.text(COUNTER, ALICE, APP, "hi").errors == [LOOP]
    assert not any(
        "14107" in line for each in simulator.history.steps[(ALICE, APP)] for line in each.lines
    )


def test_every_change_counts(app: Flask, clock: Clock) -> None:
    simulator = TwilioSimulator(over_wsgi(app), clock)
    seen = [0]
    for act in (
        lambda: simulator.text(COUNTER, ALICE, APP, "hi"),
        lambda: simulator.forget(ALICE, APP),
        lambda: simulator.step_back(ALICE, APP),
        lambda: simulator.later(60),
        lambda: simulator.show_failure("SM1", "why"),
        lambda: simulator.clear(ALICE, APP),
        lambda: simulator.later(60),
    ):
        act()
        seen.append(simulator.history.changes)
    assert seen == sorted(set(seen))
