"""The live page: its events and readers, which do not delay the server."""

import json
import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from flask import Flask

from parley.conversation import Reply
from parley.memory import live_feed, live_log
from parley.memory.live_feed import LiveFeed, Reader, TooManyReaders
from parley.memory.live_log import PAYLOAD, LiveLog, payloads
from parley.memory.postgres import PostgresMemory
from tests.memory.texts import Phone
from tests.server.running import until
from tests.webhook import ALICE, APP, Twilio

MakeServer = Callable[..., Flask]
TOKEN = "l" * 32


def events(stream: bytes, kind: str = "events") -> list[Any]:
    """Return the data of the events of a kind in a part of a stream."""
    blocks = [each.splitlines() for each in stream.decode().split("\n\n") if each]
    found = [each[1].removeprefix("data: ") for each in blocks if each[0] == f"event: {kind}"]
    return [json.loads(data) for data in found]


def told(reader: Reader, wanted: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """Return the first event that matches."""
    limit = time.monotonic() + 10
    while time.monotonic() < limit:
        for some in events(next(reader)):
            for event in some:
                if wanted(event):
                    return dict(event)
    raise AssertionError("no such event")


@pytest.fixture
def live_server(make_server: MakeServer) -> Iterator[MakeServer]:
    made = []

    def make(**changed: str) -> Flask:
        made.append(make_server(LIVE_TOKEN=TOKEN, **changed))
        made[-1].extensions["parley"].memory.open()
        return made[-1]

    yield make
    for each in made:
        each.extensions["parley_live"].close()


@pytest.fixture
def feed(database_url: str, clock: Callable[[], float]) -> Iterator[LiveFeed]:
    made = LiveFeed(database_url, lambda: datetime.fromtimestamp(clock(), UTC))
    yield made
    made.close()
    until(lambda: not made._is_followed, 5)


def ready(feed: LiveFeed) -> Reader:
    """A reader for whom the feed is already listening."""
    reader = feed.read()
    while not events(next(reader), "state"):
        pass
    return reader


def texting(server: Flask) -> Twilio:
    return Twilio(server.test_client(use_cookies=False))


def test_an_event_of_one_process_reaches_a_reader_of_another(
    live_server: MakeServer, feed: LiveFeed
) -> None:
    server, reader = live_server(), ready(feed)
    texting(server).hears("sign-up", "words of Alice")
    event = told(reader, lambda each: each["event"] == "turn")
    assert event.items() >= {"flow": "sign-up", "from": "+1555…01", "to": "+1555…02"}.items()
    assert event["level"] == "INFO"
    reader.close()


@pytest.mark.threat("S39")
def test_events_contain_neither_texts_nor_numbers(live_server: MakeServer, feed: LiveFeed) -> None:
    server, reader = live_server(), ready(feed)
    texting(server).hears("sign-up", "words of Alice")
    texting(server).hears("sign-up", "words of Alice")
    stream = b""
    while stream.count(b'"event":"turn"') < 2:
        stream += next(reader)
    assert not any(secret in stream.decode() for secret in ("words", ALICE, APP, "name"))
    reader.close()


def test_events_contain_texts_if_the_setting_allows_it(
    live_server: MakeServer, feed: LiveFeed
) -> None:
    server, reader = live_server(LIVE_SHOWS_WORDS="on"), ready(feed)
    texting(server).hears("sign-up", "hello")
    event = told(reader, lambda each: each["event"] == "words")
    assert (event["said"], event["replied"]) == ("hello", "What is your name?")
    reader.close()


def test_a_failure_is_an_event_with_its_reason(live_server: MakeServer, feed: LiveFeed) -> None:
    server, reader = live_server(), ready(feed)
    server.test_client().post("/sms/sign-up", data={"Body": "words"})
    event = told(reader, lambda each: each["event"] == "refused")
    assert (event["level"], event["reason"]) == ("WARNING", "no signature")
    reader.close()


def test_the_tables_are_sent_immediately_and_then_repeatedly(
    phone: Phone, feed: LiveFeed, database_url: str
) -> None:
    phone().hears("sign-up")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            """INSERT INTO parley.timers (person, number, flow, kind, version, due_at)
            VALUES (%s, %s, 'sign-up', 'remind', 1, now())""",
            [ALICE, APP],
        )
        connection.execute(
            """INSERT INTO parley.outbox
                (person, number, status, error_code, body, next_attempt_at, created_at)
            VALUES (%s, %s, 'failed', 30007, 'words', now(), now())""",
            [ALICE, APP],
        )
    reader = feed.read()
    found: list[Any] = []
    while not found:
        found = events(next(reader), "state")
    (state,) = found
    assert state["counts"] == [{"flow": "sign-up", "state": "waiting", "count": 1}]
    assert state["conversations"][0]["state"] == "question 1 waits"
    assert (state["due"][0]["kind"], state["late"]) == ("remind", 1)
    assert state["failed"][0]["error_code"] == 30007
    assert not any(secret in json.dumps(state) for secret in (ALICE, APP, "words"))
    second = feed.read()
    assert events(next(second), "state") == [state], "a new page is empty"
    reader.close()
    second.close()


def test_a_slow_reader_delays_nothing_and_gets_the_number_of_missed_events(
    feed: LiveFeed, database_url: str
) -> None:
    slow, quick = ready(feed), ready(feed)
    with psycopg.connect(database_url, autocommit=True) as connection:
        for number in range(live_feed.MOST_BEHIND + 7):
            connection.execute("SELECT pg_notify('parley_live', %s)", [f'[{{"event":"{number}"}}]'])
    seen = 0
    while seen < live_feed.MOST_BEHIND + 7:  # on a busy machine the fast reader may be behind, too
        told = [event for some in events(next(quick)) for event in some]
        seen += sum(event.get("count", 1) for event in told)
    until(lambda: slow._missed == 7, 5)
    found = [event for some in events(next(slow)) for event in some]
    assert found[-1] == {"event": "behind", "count": 7}
    assert len(found) == live_feed.MOST_BEHIND + 1
    slow.close()
    quick.close()


def test_a_process_has_a_limit_of_readers(feed: LiveFeed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_feed, "MOST_READERS", 2)
    first, second = feed.read(), feed.read()
    with pytest.raises(TooManyReaders):
        feed.read()
    first.close()
    feed.read().close()
    second.close()


def test_a_process_listens_with_one_connection_only_while_it_has_readers(
    feed: LiveFeed, database_url: str
) -> None:
    locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND granted"
    listener = live_log.LISTENERS[1] & 0xFFFFFFFF
    with psycopg.connect(database_url, autocommit=True) as connection:

        def count() -> int:
            row = connection.execute(locks, [listener]).fetchone()
            return row[0] if row else -1

        assert count() == 0
        readers = [ready(feed), ready(feed)]
        assert count() == 1
        for each in readers:
            each.close()
        until(lambda: count() == 0, 5)
        ready(feed).close()


def test_without_a_reader_nothing_is_notified(database_url: str) -> None:
    log = LiveLog()
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"LISTEN {live_log.CHANNEL}")
        logging.getLogger("parley").info("anything")
        log.publish(connection)
        assert list(connection.notifies(timeout=0.05)) == []
        with psycopg.connect(database_url, autocommit=True) as reader:
            reader.execute("SELECT pg_advisory_lock_shared(%s, %s)", live_log.LISTENERS)
            logging.getLogger("parley").info("anything")
            log.publish(connection)
            (notified,) = connection.notifies(timeout=1, stop_after=1)
    log.close()
    assert json.loads(notified.payload)[0]["level"] == "INFO"


def test_many_events_are_replaced_by_their_number(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_log, "MOST_EVENTS", 3)
    log = LiveLog(shows_words=True)
    for _ in range(8):
        log.show_words({"MessageSid": f"SM{'0' * 32}", "Body": "hi"}, Reply("hello"))
    with (
        psycopg.connect(database_url, autocommit=True) as connection,
        psycopg.connect(database_url, autocommit=True) as reader,
    ):
        reader.execute("SELECT pg_advisory_lock_shared(%s, %s)", live_log.LISTENERS)
        connection.execute(f"LISTEN {live_log.CHANNEL}")
        log.publish(connection)
        (notified,) = connection.notifies(timeout=1, stop_after=1)
    log.close()
    assert [each.get("count") for each in json.loads(notified.payload)] == [None, None, None, 5]


@pytest.mark.parametrize("body", ["x" * 1_600, "😀" * 800, "\x00\ud800" * 400, '"\\' * 800])
def test_every_notification_is_short_enough(database_url: str, body: str) -> None:
    event = {"event": "words", "said": body[:300], "replied": body[:300]}
    made = list(payloads([event] * 20))
    assert max(len(each.encode()) for each in made) < PAYLOAD + 1
    assert [each for some in made for each in json.loads(some)] == [event] * 20
    with psycopg.connect(database_url, autocommit=True) as connection:
        for each in made:
            connection.execute("SELECT pg_notify('parley_live', %s)", [each])


def test_the_page_survives_an_outage_of_the_database(
    live_server: MakeServer, feed: LiveFeed, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_feed, "PAUSE", 0.1)
    server, reader = live_server(), ready(feed)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE objid = %s",
            [live_log.LISTENERS[1] & 0xFFFFFFFF],
        )
    while not events(next(reader), "away"):
        pass
    while not events(next(reader), "state"):
        pass
    assert isinstance(server.extensions["parley"].memory, PostgresMemory)
    texting(server).hears("counter")
    told(reader, lambda each: each["event"] == "turn")
    reader.close()
