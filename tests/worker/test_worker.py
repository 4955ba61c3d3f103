"""Due messages are sent once, in order, at the rate limit, and never after an opt-out."""

import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from parley.memory.database import Database
from parley.memory.outbox import Outbox, states
from parley.testing import Clock
from parley.worker.worker import Worker
from tests.rest.stand_in import NUMBER, Asked, StandIn, error, number, raw
from tests.server.running import ROOT, clean_environ, until
from tests.worker.conftest import ALICE, BOB, CAROL, MESSAGES

Write = Callable[..., int]
Query = Callable[..., list[Any]]
OUTBOX = "SELECT status FROM parley.outbox ORDER BY id"


def bodies(twilio_rest: StandIn) -> list[str]:
    return [each["Body"] for each in twilio_rest.posted(MESSAGES)]


def test_a_due_message_is_sent_once(
    worker: Worker, write: Write, twilio_rest: StandIn, query: Query, clock: Clock
) -> None:
    write(body="See you at 8 – 👍", media_urls=["https://a.b/1.jpg"])
    worker.drain()
    clock.later(3_600)
    worker.drain()
    media = {"MediaUrl": "https://a.b/1.jpg"}
    assert twilio_rest.posted(MESSAGES) == [
        {"To": ALICE, "From": NUMBER, "Body": "See you at 8 – 👍", **media}
    ]
    (row,) = query("SELECT status, message_sid, attempts, holder FROM parley.outbox")
    assert row == ("sent", twilio_rest.messages[0]["sid"], 1, None)


def test_each_number_sends_one_message_a_second(
    worker: Worker, write: Write, twilio_rest: StandIn, clock: Clock
) -> None:
    twilio_rest.numbers.append(number(phone_number="+15559870003"))
    for body in "abc":
        write(body=body)
    write(body="other", number="+15559870003")
    sent = []
    for _ in range(4):
        worker.drain()
        sent.append(sorted(bodies(twilio_rest)))
        clock.later(0.6)
    assert sent == [["a", "other"], ["a", "other"], ["a", "b", "other"], ["a", "b", "other"]]
    worker.drain()
    assert sorted(bodies(twilio_rest)) == ["a", "b", "c", "other"]


def test_a_message_waits_for_the_previous_one(
    worker: Worker, write: Write, twilio_rest: StandIn, clock: Clock, query: Query
) -> None:
    twilio_rest.instead = lambda _: error(429, 20429, "Too Many Requests")
    first = write(body="one")
    write(body="two", after=first)
    worker.drain()
    clock.later(1.4)
    twilio_rest.instead = lambda _: None
    worker.drain()
    assert bodies(twilio_rest) == ["one"]
    clock.later(1.2)
    worker.drain()
    assert bodies(twilio_rest) == ["one", "one"]
    clock.later(1)
    worker.drain()
    assert bodies(twilio_rest) == ["one", "one", "two"]
    assert query(OUTBOX) == ["sent", "sent"]


@pytest.mark.parametrize("said", [error(429, 20429, "Too Many Requests"), error(401, 20003, "No")])
def test_temporary_rejections_are_retried_with_exponential_backoff(
    worker: Worker, write: Write, twilio_rest: StandIn, clock: Clock, query: Query, said: Any
) -> None:
    twilio_rest.instead = lambda _: said
    write()
    tried: list[int] = []
    for second in range(64):
        worker.drain()
        if len(bodies(twilio_rest)) > len(tried):
            tried.append(second)
        clock.later(1)
    assert 5 <= len(tried) <= 6
    assert all(later > 1.3 * earlier for earlier, later in pairwise(tried[1:]))
    twilio_rest.instead = lambda _: None
    clock.later(120)
    worker.drain()
    assert query(OUTBOX) == ["sent"]
    assert len(twilio_rest.messages) == 1


def test_other_rejections_are_final_and_logged_with_what_to_do(
    worker: Worker, write: Write, clock: Clock, query: Query, caplog: pytest.LogCaptureFixture
) -> None:
    write("+15551")
    worker.drain()
    clock.later(3_600)
    assert worker.work() == 0
    assert query("SELECT status, error_code FROM parley.outbox") == [("failed", 21211)]
    assert "21211 the number cannot be texted: correct it" in caplog.text


def test_error_21610_records_an_opt_out(
    worker: Worker, write: Write, twilio_rest: StandIn, clock: Clock, query: Query
) -> None:
    twilio_rest.refused[ALICE] = error(400, 21610, "Attempt to send to unsubscribed recipient")
    write()
    write(body="again")
    worker.drain()
    clock.later(1)
    worker.drain()
    assert bodies(twilio_rest) == ["hello"]
    assert query("SELECT person, number, how FROM parley.opt_outs") == [
        (ALICE, NUMBER, "error 21610")
    ]
    assert query(OUTBOX) == ["failed", "cancelled"]


def test_no_message_is_sent_after_an_opt_out(
    worker: Worker, write: Write, twilio_rest: StandIn, query: Query, clock: Clock
) -> None:
    write(BOB)
    write(ALICE)
    query("INSERT INTO parley.opt_outs VALUES (%s, %s, now(), 'text')", ALICE, NUMBER)
    query("INSERT INTO parley.opt_outs VALUES (%s, %s, now(), 'text')", BOB, "+15559870009")
    for _ in range(3):
        worker.drain()
        clock.later(1)
    assert [each["To"] for each in twilio_rest.posted(MESSAGES)] == [BOB]
    assert query("SELECT status, reason FROM parley.outbox WHERE person = %s", ALICE) == [
        ("cancelled", "the person has opted out")
    ]


LOST = [
    pytest.param(raw("500 Internal Server Error"), id="500"),
    pytest.param(raw("503 Service Unavailable"), id="503"),
    pytest.param(b"", id="connection closed"),
]


@pytest.mark.parametrize("lost", LOST)
def test_a_sent_message_without_a_response_is_found_at_twilio(
    worker: Worker, write: Write, twilio_rest: StandIn, clock: Clock, query: Query, lost: bytes
) -> None:
    write(body="the same")
    worker.drain()
    clock.later(5)
    twilio_rest.then = lambda asked: lost if asked.method == "POST" else None
    write(body="the same")
    worker.drain()
    assert query(OUTBOX) == ["sent", "unclear"]
    clock.later(14)
    assert worker.work() == 0, "Twilio was asked while the call may still be running"
    clock.later(1)
    worker.drain()
    assert query(OUTBOX) == ["sent", "sent"]
    assert bodies(twilio_rest) == ["the same", "the same"]
    sids = query("SELECT message_sid FROM parley.outbox ORDER BY id")
    assert sids == [each["sid"] for each in twilio_rest.messages]


@pytest.mark.parametrize("lost", LOST)
def test_a_message_that_twilio_does_not_have_is_sent_again(
    worker: Worker, write: Write, twilio_rest: StandIn, clock: Clock, query: Query, lost: bytes
) -> None:
    twilio_rest.instead = lambda asked: lost if asked.method == "POST" else None
    write(BOB, body="hello")
    worker.drain()
    twilio_rest.instead = lambda _: None
    clock.later(15)
    worker.drain()
    assert query("SELECT status, attempts FROM parley.outbox") == [("sent", 2)]
    assert len(twilio_rest.messages) == 1


def test_an_unclear_result_is_logged_and_never_sent_again(
    worker: Worker,
    write: Write,
    twilio_rest: StandIn,
    clock: Clock,
    query: Query,
    caplog: pytest.LogCaptureFixture,
) -> None:
    twilio_rest.instead = lambda _: raw("500 Internal Server Error")
    write(CAROL)
    for _ in range(30):
        worker.drain()
        clock.later(3_600)
    assert query("SELECT status, next_attempt_at = 'infinity' FROM parley.outbox") == [
        ("unclear", True)
    ]
    assert bodies(twilio_rest) == ["hello"]
    assert caplog.text.count("unclear message=") == 1
    assert "look in the Twilio Console" in caplog.text
    assert CAROL not in caplog.text
    asked = len(twilio_rest.asked)
    assert asked < 150
    twilio_rest.instead = lambda _: None
    clock.later(1e6)
    assert worker.work() == 0


def test_the_states_of_messages_are_counted(
    database: Database, outbox: Outbox, worker: Worker, write: Write, clock: Clock
) -> None:
    write()
    write(BOB)
    worker.drain()
    now, in_all = states(database, outbox.now())
    assert now == {"waiting": 0, "due": 1, "late": 0, "claimed": 0, "unclear": 0}
    assert in_all == {"sent": 1}
    clock.later(61)
    assert states(database, outbox.now())[0]["late"] == 1


def test_a_message_of_another_sender_is_not_mistaken_for_this_one(
    worker: Worker, write: Write, twilio_rest: StandIn, clock: Clock, query: Query
) -> None:
    def lose(asked: Asked) -> bytes | None:
        return b"" if asked.method == "POST" else None

    write(BOB, body="hello")
    worker.drain()
    reply = {**twilio_rest.messages[0], "sid": "SM" + "f" * 32, "direction": "outbound-reply"}
    twilio_rest.messages.append(reply)
    clock.later(1)
    twilio_rest.instead = lose
    write(BOB, body="hello")
    worker.drain()
    twilio_rest.instead = lambda _: None
    clock.later(20)
    worker.drain()
    assert query("SELECT status, attempts FROM parley.outbox ORDER BY id") == [
        ("sent", 1),
        ("sent", 2),
    ]


@pytest.mark.parametrize(("step", "tried"), [("claimed", 2), ("sent", 1)])
def test_a_worker_that_is_killed_between_two_steps_sends_nothing_twice(
    worker: Worker,
    write: Write,
    twilio_rest: StandIn,
    clock: Clock,
    query: Query,
    database_url: str,
    step: str,
    tried: int,
) -> None:
    write()
    killed = subprocess.Popen(
        [sys.executable, "-m", "tests.worker.claiming", database_url, str(clock.now), step],
        cwd=ROOT,
        env=clean_environ(**twilio_rest.environ, PYTHONPATH="app"),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert killed.stdout
    assert killed.stdout.readline() == "ready\n"
    clock.later(100)
    assert worker.work() == 0, "its process is running and may still send it"
    killed.kill()
    killed.communicate()
    until(lambda: worker.work() > 0)
    worker.drain()
    clock.later(1)
    worker.drain()
    assert len(twilio_rest.messages) == 1
    assert query("SELECT status, attempts FROM parley.outbox") == [("sent", tried)]
