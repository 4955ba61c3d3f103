"""KEEP_DAYS: texts are erased after some days, and counts are kept."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from flask import Flask

from parley import FlowError
from parley.cli import sms
from parley.memory import retention
from parley.memory.retention import Retention
from parley.testing import Clock
from tests.memory.texts import Phone, rows
from tests.server.running import until
from tests.webhook import ALICE, APP, SETTINGS, Twilio

DAY = 24 * 3_600
MESSAGE = """
INSERT INTO parley.outbox (person, number, body, media_urls, status, next_attempt_at, created_at)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""


@pytest.fixture
def clean(database_url: str, clock: Clock) -> Callable[[int], int]:
    """Erase data older than so many days; return the number of rows."""

    def run(days: int) -> int:
        with psycopg.connect(database_url, autocommit=True) as connection:
            return Retention(days, lambda: datetime.fromtimestamp(clock(), UTC)).clean(connection)

    return run


def words(url: str) -> list[Any]:
    return rows(url, "session::text, replies, answered")


def test_texts_are_kept_until_the_last_second_and_then_erased(
    phone: Phone, clock: Clock, clean: Callable[[int], int], database_url: str
) -> None:
    phone().hears("sign-up")
    phone().hears("sign-up", "Ada Lovelace")
    before = words(database_url)
    assert "Ada Lovelace" in before[0][0]
    clock.later(7 * DAY - 1)
    assert (clean(7), words(database_url)) == (0, before)
    clock.later(1)
    assert (clean(7), words(database_url)) == (1, [("{}", [], [])])
    assert rows(database_url, "version, waiting") == [(2, "")], "the count of texts must stay"
    assert clean(7) == 0
    assert phone().hears("sign-up") == "What is your name?"


def test_a_later_text_keeps_the_texts_of_its_conversation(
    phone: Phone, clock: Clock, clean: Callable[[int], int]
) -> None:
    phone().hears("counter")
    clock.later(2 * DAY - 1)
    phone().hears("counter")
    clock.later(DAY)
    assert clean(2) == 0


def test_an_opt_out_is_kept_longer_than_the_texts(
    phone: Phone, clock: Clock, clean: Callable[[int], int], database_url: str
) -> None:
    phone().text("counter", "STOP")
    clock.later(100 * DAY)
    assert clean(1) == 1
    assert rows(database_url, "person", "opt_outs") == [(ALICE,)]


def test_more_than_one_page_of_conversations_is_erased(
    phone: Phone,
    clock: Clock,
    clean: Callable[[int], int],
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = retention._CONVERSATIONS.replace("LIMIT 500", "LIMIT 3")
    monkeypatch.setattr(retention, "_CONVERSATIONS", page)
    for number in range(10):
        phone(from_=f"+1555123000{number}").hears("counter")
        clock.later(1)
    clock.later(DAY - 3)
    assert clean(1) == 8
    assert sorted(session != "{}" for session, _, _ in words(database_url)) == 8 * [False] + 2 * [
        True
    ]


def test_the_text_of_a_sent_message_is_erased(
    clock: Clock, clean: Callable[[int], int], database_url: str
) -> None:
    now = datetime.fromtimestamp(clock(), UTC)
    old, young = now - timedelta(days=3), now - timedelta(days=3) + timedelta(seconds=1)
    with psycopg.connect(database_url, autocommit=True) as connection:
        for status in ("sent", "failed", "unclear", "cancelled", "waiting", "claimed"):
            connection.execute(MESSAGE, [ALICE, APP, "words", ["https://a"], status, old, old])
        connection.execute(MESSAGE, [ALICE, APP, "words", [], "sent", young, young])
    assert clean(3) == 4
    kept = sorted(rows(database_url, "status, body", "outbox"))
    assert [status for status, body in kept if body] == ["claimed", "sent", "waiting"]
    assert len(kept) == 7, "a message is not counted any more"


def test_a_server_erases_automatically(
    make_server: Callable[..., Flask], clock: Clock, database_url: str
) -> None:
    first = make_server()
    Twilio(first.test_client(use_cookies=False)).hears("counter")
    first.extensions["parley"].memory.close()
    clock.later(90 * DAY)
    for _ in range(2):
        make_server().extensions["parley"].memory.open()
    until(lambda: words(database_url) == [("{}", [], [])], 5)


def test_a_command_erases_immediately(phone: Phone, database_url: str) -> None:
    environ = {**SETTINGS, "DATABASE_URL": database_url, "KEEP_DAYS": "1"}
    phone().hears("counter")
    ended = CliRunner().invoke(sms, ["db", "clean"], env=environ)
    assert ended.output == "Erased texts older than 1 days, in 0 rows.\n"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE parley.conversations SET answered_at = now() - interval '1 day'")
    ended = CliRunner().invoke(sms, ["db", "clean"], env=environ)
    assert ended.output == "Erased texts older than 1 days, in 1 rows.\n"


def test_a_flow_with_a_lifetime_over_keep_days_is_an_error(
    make_server: Callable[..., Flask],
) -> None:
    with pytest.raises(FlowError, match=r"longer than KEEP_DAYS=29: set KEEP_DAYS to 30 or"):
        make_server(KEEP_DAYS="29")
    make_server(KEEP_DAYS="30")
