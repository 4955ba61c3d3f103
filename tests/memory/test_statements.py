"""Every statement finds its rows by an index, even in large tables."""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any, cast

import psycopg
import pytest

from parley.memory import (
    conversations,
    counts,
    live_state,
    outbox_statements,
    parking,
    retention,
    starts,
    statements,
    timer_statements,
)

NOW = datetime(2027, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
PERSON, NUMBER, FLOW = "+15551230001", "+15559870002", "counter"
VALUES = (
    {"person": PERSON, "number": NUMBER, "flow": FLOW, "version": 1, "id": 1, "sid": "SM1"}
    | {"turn": 1 << 32, "gone": 2 << 32, "holder": 1, "attempts": 1, "by": "+15550000009"}
    | {"session": "{}", "reply": b"", "waiting": FLOW, "how": "text", "consent": "form"}
    | {"kind": "remind", "data": "{}", "shift": DAY, "body": "hi", "media_urls": []}
    | {"reason": "no", "error_code": 30003, "name": "sent", "value": 1, "limit": 8, "after": None}
    | {"now": NOW, "late": NOW - DAY, "until": NOW + DAY, "due": NOW, "ask_at": NOW}
    | {"expires_at": NOW + DAY, "before": NOW - 90 * DAY, "hung": NOW, "settled": NOW}
    | {"held_until": None, "call": "SM1", "kinds": ["remind"], "words": ["hi"], "datas": ["{}"]}
    | {"burst": timedelta(seconds=0.25), "interval": 1.0}
    | {"ids": [1, 2], "reasons": ["a", "b"], "dues": [NOW, NOW], "sids": ["SM1", "SM2"]}
    | {"people": [PERSON], "numbers": [NUMBER], "flows": [FLOW], "versions": [1], "counts": [1]}
)
MODULES = (
    *(statements, outbox_statements, timer_statements, parking, starts, counts, retention),
    live_state,
)
LARGE = ("conversations", "opt_outs", "timers", "outbox", "consents")
MANY = 50_000
FILL = (
    # One person in twenty has a pending question, and one in a thousand has an operator.
    """INSERT INTO parley.conversations
        (person, number, flow, session, expires_at, answered_at, version, waiting, handed_to,
         paused_until)
    SELECT '+1555' || 1230000 + n, '+15559870002', 'counter', '{"count":1}',
        '2027-01-01'::timestamptz + n * interval '1 minute',
        '2027-01-01'::timestamptz - n * interval '1 minute', 1,
        CASE WHEN n %% 20 = 0 THEN 'counter' ELSE '' END,
        CASE WHEN n %% 1000 = 0 THEN '+15550000009' END,
        CASE WHEN n %% 1000 = 0 THEN '2027-01-02'::timestamptz END
    FROM generate_series(1, %(many)s) n""",
    """INSERT INTO parley.opt_outs
    SELECT '+1555' || 1230000 + n, '+15559870002', now(), 'text'
    FROM generate_series(1, %(many)s) n""",
    """INSERT INTO parley.consents
    SELECT '+1555' || 1230000 + n, '+15559870002', now(), 'form'
    FROM generate_series(1, %(many)s) n""",
    """INSERT INTO parley.timers (person, number, flow, kind, version, due_at)
    SELECT '+1555' || 1230000 + n, '+15559870002', 'counter', 'remind', 1,
        '2027-01-01'::timestamptz + n * interval '1 second'
    FROM generate_series(-100, %(many)s) n""",
    # Half of the messages were sent; many others are scheduled, and some are due.
    """INSERT INTO parley.outbox
        (person, number, flow, version, status, next_attempt_at, created_at, body, message_sid,
         holder, claimed_at)
    SELECT '+1555' || 1230000 + n, '+15559870002', 'counter', 1,
        CASE WHEN n %% 2 = 0 THEN 'sent' WHEN n %% 1000 = 1 THEN 'failed'
            WHEN n %% 1000 = 3 THEN 'unclear' WHEN n %% 1000 = 5 THEN 'claimed' ELSE 'waiting' END,
        '2027-01-01'::timestamptz + (n - 100) * interval '1 second', '2026-12-31', 'hi',
        CASE WHEN n %% 2 = 0 THEN 'SM' || n END, 1, '2026-12-31'
    FROM generate_series(1, %(many)s) n""",
    "INSERT INTO parley.senders VALUES ('+15559870002'), ('+15559870003')",
)


class Recording:
    """A stand-in for a connection that records the statement of a function."""

    def __init__(self) -> None:
        self.statement = ""

    def execute(self, statement: str, _values: Any) -> list[Any]:
        self.statement = statement
        return []


def recorded(function: Any, *arguments: Any, **named: Any) -> str:
    """Return the statement that a function runs."""
    connection = Recording()
    function(cast("Any", connection), *arguments, **named)
    return connection.statement


def constants(module: ModuleType) -> Iterator[tuple[str, str]]:
    """Return the statements of a module by name."""
    name = module.__name__.rpartition(".")[2]
    for constant, value in vars(module).items():
        if isinstance(value, str) and re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", value):
            yield f"{name}.{constant}", value


ALL = dict(found for module in MODULES for found in constants(module))
ALL |= {
    "waiting": recorded(conversations.listed, NOW, 50),
    "waiting of a flow": recorded(conversations.listed, NOW, 50, flow=FLOW),
    "of a person": recorded(conversations.of_person, PERSON),
    "of a person, a number and a flow": recorded(conversations.of_person, PERSON, NUMBER, FLOW),
}


@pytest.fixture(scope="module")
def many(cluster: Any) -> str:
    """The URL of a database whose tables have many rows."""
    url: str = cluster.new_database(f"many_rows_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}")
    with psycopg.connect(url, autocommit=True) as connection:
        for each in FILL:
            connection.execute(each, {"many": MANY})
        connection.execute("VACUUM ANALYZE")
    return url


def plan(url: str, statement: str, *settings: str) -> str:
    with psycopg.connect(url) as connection:
        for each in settings:
            connection.execute(each)
        rows = connection.execute(f"EXPLAIN {statement}", VALUES).fetchall()
    return "\n".join(line for (line,) in rows)


@pytest.mark.parametrize("name", ALL)
def test_no_statement_scans_a_large_table(many: str, name: str) -> None:
    found = plan(many, ALL[name])
    assert not re.search(rf"Seq Scan on ({'|'.join(LARGE)})\b", found), found


@pytest.mark.parametrize("name", [name for name in ALL if name.startswith("statements.")])
def test_a_statement_of_a_turn_uses_an_index_even_in_a_small_table(
    database_url: str, name: str
) -> None:
    found = plan(database_url, ALL[name], "SET enable_seqscan = off")
    assert "Seq Scan" not in found
    is_insert = ALL[name].lstrip().startswith("INSERT")
    assert ("Conflict Resolution:" if is_insert else "Index") in found


def test_the_updates_of_a_turn_stay_on_their_page(database_url: str) -> None:
    """No indexed column changes, so the indexes do not grow (a HOT update of PostgreSQL)."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SELECT pg_stat_reset()")
        for number in range(20):
            values = {**VALUES, "sid": f"SM{number}", "reply": b"<Response/>" * 10}
            connection.execute(statements.ARRIVE, values)
            connection.execute(statements.SAVE, values)
        connection.execute("SELECT pg_stat_force_next_flush()")
        connection.execute("SELECT 1")
        found = connection.execute(
            "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'conversa"
            "tions'"
        ).fetchone()
    assert found is not None
    updated, hot = found
    assert updated == 39
    assert hot > 0.7 * updated
