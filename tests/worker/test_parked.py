"""Scripts that wait for a time at `/sms`: other flows answer meanwhile, and each wait ends once."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from parley.memory.database import Database
from parley.memory.postgres import PostgresMemory
from parley.sessions import ConversationKey, SessionCookie
from parley.settings import Settings
from parley.starting import NotStarted, Starter
from parley.testing import Clock
from parley.worker.worker import Worker
from tests.rest.stand_in import NUMBER, StandIn, error
from tests.server.running import until
from tests.webhook import SECRET, SETTINGS, Twilio, said
from tests.worker import asking
from tests.worker.conftest import ALICE, BOB
from tests.worker.follow_ups import NOON, OPERATOR, Sent, impatient
from tests.worker.follow_ups import alice as alice
from tests.worker.follow_ups import app as app
from tests.worker.follow_ups import clock as clock
from tests.worker.follow_ups import operator as operator
from tests.worker.follow_ups import sent as sent
from tests.worker.follow_ups import worker as worker

Query = Callable[..., list[Any]]
HOUR = 3_600
DAY = 24 * HOUR
BOOKED = "Booked, Alice. I will text you tomorrow."
COMING = "Still coming?"
PARKED = "SELECT flow FROM parley.conversations WHERE flow LIKE 'SM%%/%%'"
ROWS = "SELECT flow FROM parley.conversations WHERE person = %s ORDER BY flow"


@pytest.fixture
def environ(database_url: str) -> dict[str, str]:
    flows = {"FLOWS": "flows,tests.worker.asking,tests.worker.waiting", "OPERATORS": OPERATOR}
    more = {"SENDING_NUMBER": NUMBER, "TIME_ZONE": "UTC", "QUIET_HOURS": "21:00-8:00"}
    return {**SETTINGS, **flows, **more, "DATABASE_URL": database_url, "DATABASE_CONNECTIONS": "2"}


def books(twilio: Twilio) -> None:
    twilio.text("", "booking")
    assert twilio.hears("", "Alice") == BOOKED


def test_other_flows_answer_meanwhile_and_the_reminder_comes_at_its_time(
    alice: Twilio, sent: Sent, query: Query
) -> None:
    books(alice)
    assert alice.hears("", "hello").startswith("Text one of these words:")
    assert alice.hears("", "trial") == "Your name?"
    assert alice.hears("", "Ann") == "Which color, Ann?\n1. red\n2. blue"
    assert alice.hears("", "menu").startswith("Text one of these words:")
    assert sent(DAY - 60) == []
    assert sent(60) == [COMING]
    assert sent(3 * HOUR) == [COMING]
    assert alice.hears("", "yes") == "See you."
    assert query(ROWS, ALICE) == ["menu"]
    assert query("SELECT kind FROM parley.timers WHERE kind <> 'expire'") == []
    assert alice.hears("", "yes").startswith("Text one of these words:")


def test_the_question_can_be_answered_at_the_flows_own_webhook(
    alice: Twilio, sent: Sent, query: Query
) -> None:
    books(alice)
    assert sent(DAY) == [COMING]
    assert alice.hears("booking", "no") == "Too bad."
    assert query(ROWS, ALICE) == ["booking", "menu"]


def test_at_the_flows_own_webhook_a_text_gets_the_words_again(alice: Twilio, sent: Sent) -> None:
    alice.text("booking", "hi")
    alice.text("booking", "Alice")
    assert alice.hears("booking", "menu") == BOOKED
    assert alice.hears("booking", "exit")
    assert sent(DAY) == []


def test_two_bookings_are_two_reminders_one_after_the_other(
    alice: Twilio, sent: Sent, query: Query, clock: Clock
) -> None:
    books(alice)
    clock.later(60)
    books(alice)
    assert len(query(PARKED)) == 2
    assert sent(DAY) == [COMING]
    assert sent(HOUR) == [COMING], "the first one is not answered yet"
    assert alice.hears("", "yes") == "See you."
    assert sent(600) == [COMING, COMING]
    assert alice.hears("", "no") == "Too bad."
    assert query(ROWS, ALICE) == ["menu"]


def test_a_text_that_is_delivered_twice_is_one_reminder(
    alice: Twilio, sent: Sent, query: Query, clock: Clock
) -> None:
    sid = "SM" + "7" * 32
    alice.text("", "booking")
    assert alice.hears("", "Alice", MessageSid=sid) == BOOKED
    assert alice.hears("", "Alice", MessageSid=sid) == BOOKED
    assert query(PARKED) == [f"{sid}/menu"]
    for _ in range(12):  # it is forgotten that the text was answered
        clock.later(60)
        alice.text("", "booking")
        alice.text("", "exit")
    alice.text("", "booking")
    assert alice.hears("", "Alice", MessageSid=sid) == BOOKED
    assert query(PARKED) == [f"{sid}/menu"]
    assert sent(DAY) == [COMING]


@pytest.mark.parametrize("path", ["", "visit"])
def test_a_wait_is_postponed_while_another_script_waits_for_an_answer(
    alice: Twilio, sent: Sent, query: Query, clock: Clock, path: str
) -> None:
    books(alice)
    clock.later(DAY - 60)
    assert alice.hears(path, "visit").startswith("Hello!")
    assert sent(60) == []
    assert sent(599) == []
    assert query("SELECT body FROM parley.outbox") == [], "it did not run yet"
    assert alice.hears(path, "Ann").startswith("Which day, Ann?")
    assert alice.hears(path, "1") == "See you on Monday, Ann."
    assert sent(600) == [COMING]
    assert alice.hears("", "yes") == "See you."


def test_a_script_that_begins_before_the_question_is_sent_comes_first(
    alice: Twilio, sent: Sent, worker: Worker, clock: Clock, query: Query
) -> None:
    books(alice)
    clock.later(DAY)
    worker._fire()
    until(lambda: query("SELECT kind FROM parley.outbox") == ["start"])
    assert alice.hears("", "visit").startswith("Hello!"), "nothing answers what was not asked yet"
    assert sent() == []
    alice.text("", "exit")
    assert sent(600) == [COMING]
    assert alice.hears("", "yes") == "See you."


def test_a_start_does_not_wait_for_a_parked_script(
    alice: Twilio, sent: Sent, environ: dict[str, str], clock: Clock
) -> None:
    books(alice)
    starter = Starter.of(Settings.load(environ), clock)
    starter.start(ALICE, "visit")
    assert sent() == ["Hello! What is your name?"]
    with pytest.raises(NotStarted, match="A script is running with this person"):
        starter.start(ALICE, "visit")
    assert sent(DAY) == ["Hello! What is your name?"], "the first question comes first"
    alice.text("", "Ann")
    alice.text("", "1")
    assert sent(600)[1:] == [COMING]


def test_stop_cancels_all_waits_of_the_person(
    alice: Twilio, sent: Sent, query: Query, app: Flask, clock: Clock
) -> None:
    bob = Twilio(app.test_client(use_cookies=False), from_=BOB, to=NUMBER)
    for each in (alice, alice, bob):
        books(each)
        clock.later(1)
    assert alice.text("counter", "STOP").data.endswith(b"<Response/>")
    assert len(query(PARKED)) == 1
    assert query("SELECT person FROM parley.timers") == [BOB]
    alice.text("counter", "START")
    assert sent(DAY) == [COMING]
    assert said(bob.text("", "yes")) == ["See you."]


def test_a_stop_that_reaches_the_fallback_cancels_them_too(
    alice: Twilio, sent: Sent, query: Query
) -> None:
    books(alice)
    alice.text("fallback", "STOP", ErrorCode="11200", ErrorUrl="https://sms.example.com/sms")
    alice.text("", "START")
    assert query(PARKED) == []
    assert sent(DAY) == []


def test_an_opt_out_at_the_moment_of_firing_wins(
    alice: Twilio, sent: Sent, worker: Worker, clock: Clock, query: Query, app: Flask
) -> None:
    asking.GATE.set()
    alice.text("", "calling")
    assert alice.hears("", "Ann") == "Found ANN."
    gate = asking.OTHERS["again"] = threading.Event()
    runs = len(asking.RUNS)
    clock.later(HOUR)
    working = threading.Thread(target=worker.drain)
    working.start()
    until(lambda: len(asking.RUNS) > runs)
    alice.text("", "STOP")
    gate.set()
    working.join(20)
    asking.OTHERS.clear()
    assert sent(DAY) == []
    assert query(ROWS, ALICE) == ["menu"]
    alice.text("", "START")
    assert sent(DAY) == []
    assert app.extensions["parley"].memory.is_ready()


@pytest.mark.parametrize("texts", [["STOP"], ["STOP", "START"]])
def test_a_stop_after_the_timer_was_taken_leaves_no_row(
    alice: Twilio, sent: Sent, worker: Worker, clock: Clock, query: Query, texts: list[str]
) -> None:
    books(alice)
    clock.later(DAY)
    _, (due,) = worker._timers.fire(500)
    for each in texts:
        alice.text("", each)
    worker._resume(due)
    assert query(ROWS, ALICE) == ["menu"]
    assert sent(DAY) == []


def test_a_question_that_is_written_already_is_not_sent_after_stop(
    alice: Twilio, sent: Sent, worker: Worker, clock: Clock, query: Query
) -> None:
    books(alice)
    clock.later(DAY)
    worker._fire()
    until(lambda: query("SELECT kind FROM parley.outbox") == ["start"])
    alice.text("", "STOP")
    assert sent() == []
    assert query(ROWS, ALICE) == ["menu"]


def test_a_take_over_pauses_it(alice: Twilio, operator: Twilio, sent: Sent) -> None:
    books(alice)
    assert sent(DAY - HOUR) == []
    assert operator.hears("", f"take {ALICE}") == f"You answer {ALICE} now."
    assert sent(3 * HOUR) == []
    operator.hears("", "back")
    assert sent(HOUR) == [COMING]
    assert alice.hears("", "yes") == "See you."


def test_a_take_over_at_the_moment_of_firing_holds_the_question(
    alice: Twilio, operator: Twilio, sent: Sent, worker: Worker, clock: Clock, query: Query
) -> None:
    books(alice)
    clock.later(DAY)
    worker._fire()
    until(lambda: query("SELECT kind FROM parley.outbox") == ["start"])
    operator.hears("", f"take {ALICE}")
    assert sent(3 * HOUR) == []
    operator.hears("", "back")
    assert sent(2 * HOUR) == [COMING]
    assert alice.hears("", "yes") == "See you."


@pytest.mark.parametrize("how", ["before it begins", "within its turn"])
def test_a_worker_that_is_killed_is_followed_by_another(
    alice: Twilio,
    sent: Sent,
    worker: Worker,
    clock: Clock,
    query: Query,
    database_url: str,
    how: str,
) -> None:
    books(alice)
    clock.later(DAY)
    _, due = worker._timers.fire(500)
    assert [each.kind for each in due] == ["wait"]
    if how == "within its turn":
        killed = Database(database_url, 1)
        memory = PostgresMemory(killed, SessionCookie((SECRET,)), clock)
        (timer,) = due
        key = ConversationKey(timer.flow, timer.person, timer.number)
        memory.begin(key, f"wait {timer.version} {timer.data['after']}", "", HOUR)
        killed.close()
    assert sent(60) == []
    assert sent(60) == [COMING]
    assert sent(HOUR) == [COMING]
    assert alice.hears("", "yes") == "See you."
    assert query(ROWS, ALICE) == ["menu"]


def test_a_script_may_wait_again_and_ends_without_a_row(
    alice: Twilio, sent: Sent, query: Query
) -> None:
    alice.text("", "two waits")
    assert alice.hears("", "Ann") == "First, Ann."
    assert sent(DAY) == ["Second."]
    assert len(query(PARKED)) == 1
    assert alice.hears("", "hello").startswith("Text one of these words:")
    assert sent(DAY) == ["Second.", "The end."]
    assert query(ROWS, ALICE) == ["menu"]
    assert query("SELECT kind FROM parley.timers") == []


def test_last_words_are_not_sent_after_stop(
    alice: Twilio, sent: Sent, worker: Worker, clock: Clock, query: Query
) -> None:
    alice.text("", "two waits")
    alice.text("", "Ann")
    assert sent(DAY) == ["Second."]
    clock.later(DAY)
    worker._fire()
    until(lambda: query("SELECT status FROM parley.outbox WHERE body = 'The end.'") == ["waiting"])
    flows = query("SELECT flow FROM parley.outbox WHERE body = 'The end.'")
    assert flows == ["menu"], "the row that a STOP changes, and a claim locks"
    alice.text("", "STOP")
    assert sent() == ["Second."]


def test_a_script_that_ends_in_silence_is_gone(alice: Twilio, sent: Sent, query: Query) -> None:
    alice.text("", "quiet wait")
    alice.text("", "Ann")
    assert sent(HOUR) == []
    assert query(ROWS, ALICE) == ["menu"]


def test_it_hands_over_to_another_flow(alice: Twilio, sent: Sent) -> None:
    alice.text("", "handing over")
    alice.text("", "Ann")
    assert sent(HOUR) == ["Here it is.", "Your name?"]
    assert alice.hears("", "Alice") == BOOKED


def test_a_wait_after_an_answer_to_its_question_is_parked_again(
    alice: Twilio, sent: Sent, query: Query
) -> None:
    alice.text("", "asking twice")
    assert alice.hears("", "Ann") == "Wait."
    assert sent(DAY) == ["Coming, Ann?"]
    assert alice.hears("", "yes") == "Wait again."
    assert len(query(PARKED)) == 1
    assert alice.hears("", "hello").startswith("Text one of these words:")
    assert sent(DAY) == ["Coming, Ann?", "It was True."]
    assert query(ROWS, ALICE) == ["menu"]


def test_its_question_expires_after_its_lifetime_from_when_it_was_sent(
    alice: Twilio, sent: Sent
) -> None:
    books(alice)
    assert sent(DAY) == [COMING]
    assert sent(4 * HOUR) == [COMING]
    assert alice.hears("", "yes").startswith("Text one of these words:")


def test_a_wait_after_a_late_call_is_parked(
    alice: Twilio, sent: Sent, query: Query, app: Flask
) -> None:
    impatient(app, "calling")
    alice.text("", "calling")
    assert alice.hears("", "Ann", MessageSid="SM" + "1" * 32) == "One moment."
    asking.GATE.set()
    until(lambda: query(PARKED))
    assert query(PARKED) == [f"SM{'1' * 32}/menu"]
    assert alice.hears("", "hello").startswith("Text one of these words:")
    assert sent() == ["Found ANN."]
    assert sent(HOUR)[1:] == ["AGAIN, ANN. More?"]
    assert alice.hears("", "no") == "no it is."
    assert query(ROWS, ALICE) == ["menu"]
    assert [f"SM{'1' * 32}-1", f"SM{'1' * 32}-3"] == asking.RUNS, "keys of no one else"


def test_a_late_call_after_a_wait_is_answered_when_no_other_script_runs(
    alice: Twilio, sent: Sent, query: Query, worker: Worker
) -> None:
    asking.GATE.set()
    alice.text("", "calling")
    assert alice.hears("", "Ann") == "Found ANN."
    defaults = worker._resumer.flows["calling"].asked_for["script_defaults"]
    object.__setattr__(defaults, "patience", 0.1)
    gate = asking.OTHERS["again"] = threading.Event()
    assert sent(HOUR) == ["Another moment."]
    assert len(query(PARKED)) == 1
    assert alice.hears("", "visit").startswith("Hello!")
    gate.set()
    until(
        lambda: query("SELECT data ->> 'result' FROM parley.timers WHERE kind = 'late'") != [None]
    )
    assert sent() == ["Another moment."]
    alice.text("", "exit")
    assert sent(600) == ["Another moment.", "AGAIN, ANN. More?"]
    assert alice.hears("", "no") == "no it is."
    asking.OTHERS.clear()
    assert query(ROWS, ALICE) == ["menu"]


def test_a_start_whose_script_waits_first_is_parked(
    alice: Twilio, sent: Sent, environ: dict[str, str], clock: Clock, query: Query
) -> None:
    starter = Starter.of(Settings.load(environ), clock)
    starter.start(ALICE, "booking", answers=["Alice"], consent="web form")
    assert sent() == [BOOKED]
    assert alice.hears("", "hello").startswith("Text one of these words:")
    assert sent(DAY) == [BOOKED, COMING]
    assert alice.hears("", "yes") == "See you."
    assert query(ROWS, ALICE) == ["menu"]


def test_a_question_that_waits_for_the_morning_is_not_answered_at_night(
    alice: Twilio, sent: Sent, environ: dict[str, str], clock: Clock
) -> None:
    clock.now = NOON + 10 * HOUR
    Starter.of(Settings.load(environ), clock).start(ALICE, "visit", consent="web form")
    assert alice.hears("", "hello").startswith("Text one of these words:")
    assert sent(10 * HOUR) == ["Hello! What is your name?"]
    assert alice.hears("", "Ann").startswith("Which day, Ann?")


def test_a_question_that_cannot_be_sent_is_not_waited_for(
    alice: Twilio, sent: Sent, twilio_rest: StandIn, query: Query
) -> None:
    books(alice)
    twilio_rest.refused[ALICE] = error(400, 21614, "not a mobile number")
    sent(DAY)
    assert query(ROWS, ALICE) == ["menu"]


def test_a_wait_from_before_stays_in_its_row_until_its_time(
    alice: Twilio, sent: Sent, query: Query
) -> None:
    """Earlier versions left it in the row of the webhook of all flows."""
    books(alice)
    query(
        "UPDATE parley.conversations c SET session = p.session, waiting = p.waiting, "
        "expires_at = p.expires_at FROM parley.conversations p "
        "WHERE c.flow = 'menu' AND p.flow LIKE '%%/menu'"
    )
    query(
        "UPDATE parley.timers SET flow = 'menu', version = c.version "
        "FROM parley.conversations c WHERE c.flow = 'menu'"
    )
    query("DELETE FROM parley.conversations WHERE flow LIKE '%%/menu'")
    assert alice.hears("", "trial") == BOOKED
    assert sent(DAY) == [COMING]
    assert alice.hears("", "yes") == "See you."
    assert query(ROWS, ALICE) == ["menu"]
