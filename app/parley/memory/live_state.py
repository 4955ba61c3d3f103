"""The tables of the live page: waiting conversations, due timers and messages, and failures."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import psycopg

from parley.conversation.masking import masked
from parley.memory.addresses import original
from parley.memory.conversations import Found, listed
from parley.memory.counts import COUNT

MOST = 30
"""Maximum number of rows per table."""
MOST_LATE = 1_000
"""Maximum number of late timers that are counted."""

_DUE = f"""
SELECT kind, person, number, coalesce((
        SELECT nullif(waiting, '') FROM parley.conversations c
        WHERE (c.person, c.number, c.flow) = (t.person, t.number, t.flow)), flow), due_at, attempts
FROM parley.timers t ORDER BY due_at LIMIT {MOST}
"""
# The first of each sender: the index of messages that wait begins with the number that sends.
_TO_SEND = f"""
SELECT 'message', o.person, o.number, o.flow, o.next_attempt_at, o.attempts
FROM parley.senders s CROSS JOIN LATERAL (
    SELECT * FROM parley.outbox o
    WHERE o.number = s.number AND o.status = 'waiting' ORDER BY o.next_attempt_at LIMIT {MOST}
) o
ORDER BY o.next_attempt_at LIMIT {MOST}
"""
_LATE = f"""
SELECT count(*) FROM (
    SELECT FROM parley.timers WHERE due_at <= %(now)s LIMIT {MOST_LATE + 1}) AS late
"""
_FAILED = f"""
SELECT status, person, number, flow, created_at, attempts, error_code FROM parley.outbox
WHERE status IN ('unclear', 'failed') ORDER BY id DESC LIMIT {MOST}
"""

Json = Mapping[str, Any]


def state(connection: psycopg.Connection[Any], now: datetime) -> Json:
    """Return the tables' rows, with masked numbers, without texts. Times are seconds since 1970."""
    values = {"now": now}
    counts = connection.execute(COUNT, values).fetchall()
    late = connection.execute(_LATE, values).fetchone()
    due = [*connection.execute(_DUE).fetchall(), *connection.execute(_TO_SEND).fetchall()]
    due.sort(key=lambda row: row[4])
    return {
        "counts": [{"flow": flow, "state": kind, "count": count} for flow, kind, count in counts],
        "late": late[0] if late else 0,
        "conversations": [_conversation(each, now) for each in listed(connection, now, MOST)],
        "due": [_row(row) for row in due[:MOST]],
        "failed": [
            _row(row) | {"error_code": row[6]} for row in connection.execute(_FAILED).fetchall()
        ],
    }


def _conversation(found: Found, now: datetime) -> Json:
    flow, session = found.running
    return {
        "from": masked(found.person),
        "to": masked(found.number),
        "flow": flow,
        "state": found.state(session, now),
        "since": found.answered_at and found.answered_at.timestamp(),
        "expires": found.expires_at and found.expires_at.timestamp(),
    }


def _row(row: Any) -> dict[str, Any]:
    kind, person, number, flow, at, attempts = row[:6]
    return {
        "kind": kind,
        "from": masked(original(number)),
        "to": masked(original(person)),
        "flow": flow or "",
        "at": at.timestamp(),
        "attempts": attempts,
    }
