"""Every statement of a turn finds its row by an index."""

from datetime import UTC, datetime

import psycopg
import pytest

from parley.memory import statements

VALUES = {
    "person": "+15551230001",
    "number": "+15559870002",
    "flow": "counter",
    "sid": "SM1",
    "turn": 1 << 32,
    "gone": 2 << 32,
    "now": datetime(2027, 1, 1, tzinfo=UTC),
    "session": "{}",
    "expires_at": datetime(2027, 1, 2, tzinfo=UTC),
    "reply": b"",
    "how": "text",
    "waiting": "counter",
    "until": datetime(2027, 1, 1, 4, tzinfo=UTC),
    "by": "+15550000009",
    "version": 1,
}
ALL = [name for name in dir(statements) if name.isupper() and not name.startswith(("_", "LOCKS"))]


@pytest.mark.parametrize("name", ALL)
def test_a_statement_uses_an_index(database_url: str, name: str) -> None:
    statement = getattr(statements, name)
    with psycopg.connect(database_url) as connection:
        connection.execute("SET enable_seqscan = off")  # a table of no rows is read whole
        rows = connection.execute(f"EXPLAIN {statement}", VALUES).fetchall()
    plan = "\n".join(line for (line,) in rows)
    assert "Seq Scan" not in plan
    is_insert = statement.lstrip().startswith("INSERT")
    assert ("Conflict Resolution:" if is_insert else "Index") in plan


def test_two_updates_of_a_turn_stay_on_their_page(database_url: str) -> None:
    """No indexed column changes, so that no index grows (PostgreSQL calls such updates HOT)."""
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
