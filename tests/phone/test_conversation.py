"""The simulated phone against the real application, in process: also what may go wrong."""

from collections.abc import Callable

from flask import Flask

from app.phone.delivery import Webhook
from app.phone.switchboard import MOST_PAIRS, Switchboard
from app.phone.testing import AUTH_TOKEN, PUBLIC_URL, Clock, Conversation, over_wsgi

Make = Callable[..., Conversation]
GREETING = ["< Hello, thanks for the new message!"]
COUNTER = Webhook(f"{PUBLIC_URL}/sms/counter", AUTH_TOKEN)
ALICE, APP, OWNER = "+15551230001", "+15559870002", "+15550000009"


def test_a_transcript_is_played(conversation: Make) -> None:
    conversation().plays(
        "counter",
        """
        > hi
        < Hello, thanks for the new message!
        > two\\nlines 😀
        < Your current count is 1
        """,
    )


def test_a_lost_cookie_begins_anew(conversation: Make) -> None:
    alice = conversation()
    assert alice.says("counter", "hi") == GREETING
    alice.loses_its_cookie()
    assert alice.says("counter", "hi") == GREETING


def test_the_cookie_before_goes_a_step_back(conversation: Make) -> None:
    alice = conversation()
    for _ in range(3):
        alice.says("counter", "hi")
    alice.sends_the_cookie_before()
    assert alice.says("counter", "hi") == ["< Your current count is 2"]


def test_a_text_delivered_twice_is_answered_alike(conversation: Make) -> None:
    alice = conversation()
    alice.says("counter", "hi")
    assert alice.says("counter", "hi") == alice.texts_again() == ["< Your current count is 1"]
    assert alice.says("counter", "hi") == ["< Your current count is 2"]


def test_four_hours_later_all_is_forgotten(conversation: Make) -> None:
    alice = conversation()
    alice.says("counter", "hi")
    alice.goes_on_later(seconds=4 * 3_600 - 1)
    assert alice.says("counter", "hi") == ["< Your current count is 1"]
    alice.goes_on_later(hours=4)
    assert alice.says("counter", "hi") == GREETING


def test_every_pair_has_a_jar_of_its_own(conversation: Make) -> None:
    alice, bob = conversation(), conversation(from_="+15551230002")
    bob.board = alice.board
    alice.says("counter", "hi")
    assert bob.says("counter", "hi") == GREETING
    assert alice.says("counter", "hi") == ["< Your current count is 1"]


def test_two_at_once_carry_the_same_cookie(app: Flask, clock: Clock) -> None:
    board = Switchboard(over_wsgi(app), clock)
    board.text(COUNTER, ALICE, APP, "hi")
    both = board.two_at_once(COUNTER, ALICE, APP, "one", "two")
    assert [each.messages[0].body for each in both] == ["Your current count is 1"] * 2
    after = board.text(COUNTER, ALICE, APP, "hi")
    assert after.messages[0].body == "Your current count is 2"


def test_a_forwarded_text_arrives_in_the_thread_of_its_number(
    make_app: Callable[..., Flask], clock: Clock
) -> None:
    board = Switchboard(over_wsgi(make_app(FORWARD_TO=OWNER)), clock)
    webhook = Webhook(f"{PUBLIC_URL}/sms/forward", AUTH_TOKEN)
    board.text(webhook, ALICE, APP, "hi")
    assert [each.body for each in board.threads[(OWNER, APP)]] == [f"{ALICE}: hi"]
    assert [each.body for each in board.threads[(ALICE, APP)]] == ["hi"]
    board.text(webhook, OWNER, APP, f"{ALICE} coming")
    assert [each.body for each in board.threads[(ALICE, APP)]] == ["hi", "coming"]


def test_only_so_many_conversations_are_kept(app: Flask, clock: Clock) -> None:
    board = Switchboard(over_wsgi(app), clock)
    for number in range(MOST_PAIRS + 5):
        board.text(COUNTER, f"+1555{number:07d}", APP, "hi")
        board.jar(f"+1666{number:07d}", APP, keep=False)
    assert len(board.threads) == MOST_PAIRS
    assert ("+15550000000", APP) not in board.transcripts
    assert board.text(COUNTER, "+15550000104", APP, "hi").messages[0].body.endswith("1")


def test_a_stop_word_is_answered_by_twilio_alone(app: Flask, clock: Clock) -> None:
    board = Switchboard(over_wsgi(app), clock)
    delivery = board.text(COUNTER, ALICE, APP, "STOP")
    assert not delivery.messages
    assert [each.from_ for each in board.threads[(ALICE, APP)]] == [ALICE, "Twilio"]
    refused = board.text(COUNTER, ALICE, APP, "hi")
    assert [each.code for each in refused.errors] == [21610]


def test_a_flow_that_fails_is_answered_by_the_fallback(
    make_app: Callable[..., Flask], guest_flow: Callable[[str, str], None], clock: Clock
) -> None:
    guest_flow("lunch", "def lunch(message, session): return 1 / 0")
    board = Switchboard(over_wsgi(make_app()), clock)
    fallback = f"{PUBLIC_URL}/sms/fallback"
    webhook = Webhook(f"{PUBLIC_URL}/sms/lunch", AUTH_TOKEN, fallback_url=fallback)
    delivery = board.text(webhook, ALICE, APP, "hi")
    assert [each.code for each in delivery.errors] == [11200]
    assert delivery.messages[0].body.startswith("Sorry, something went wrong.")
