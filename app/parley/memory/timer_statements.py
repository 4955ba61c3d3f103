"""The SQL of what happens later. A timer is dropped if its conversation has another version."""

from parley.memory.presence import LOCKS

_HERE = "(person, number, flow) = (%(person)s, %(number)s, %(flow)s)"
_KEY = f"{_HERE} AND kind = %(kind)s"
_MINE = f"{_KEY} AND version = %(version)s"

SET = """
INSERT INTO parley.timers (person, number, flow, kind, version, due_at, data)
VALUES (%(person)s, %(number)s, %(flow)s, %(kind)s, %(version)s, %(due)s, %(data)s)
ON CONFLICT (person, number, flow, kind) DO UPDATE SET
    version = excluded.version, due_at = excluded.due_at, data = excluded.data, attempts = 0
"""
# A turn has left the question as it was: its timers belong to the next version.
KEEP = f"""
UPDATE parley.timers SET version = %(version)s WHERE {_HERE} AND version = %(version)s - 1
"""
# A person answers for some time: what counts from the last text comes later by that time.
HOLD = f"""
UPDATE parley.timers SET
    version = %(version)s,
    due_at = CASE WHEN kind IN ('remind', 'expire') THEN due_at + %(shift)s ELSE due_at END
WHERE {_HERE} AND version = %(version)s - 1
"""

DUE = f"""
SELECT t.person, t.number, t.flow, t.kind, t.version, t.data, t.attempts,
    EXISTS (
        SELECT FROM parley.conversations c
        WHERE (c.person, c.number, c.flow, c.version) = (t.person, t.number, t.flow, t.version)),
    EXISTS (SELECT FROM parley.opt_outs x WHERE (x.person, x.number) = (t.person, t.number)),
    EXISTS (
        SELECT FROM parley.conversations c
        WHERE (c.person, c.number) = (t.person, t.number)
            AND (c.queue <> '{{}}' OR c.paused_until > %(now)s)),
    t.data ->> 'holder' IS NULL
        OR pg_try_advisory_xact_lock_shared({LOCKS}, (t.data ->> 'holder')::integer)
FROM parley.timers t WHERE t.due_at <= %(now)s ORDER BY t.due_at LIMIT %(limit)s
FOR UPDATE OF t SKIP LOCKED
"""
DROP = f"DELETE FROM parley.timers WHERE {_MINE}"
POSTPONE = f"UPDATE parley.timers SET due_at = %(due)s WHERE {_MINE}"
# A worker goes on with this conversation; if it is killed, another one does.
TAKE = f"UPDATE parley.timers SET due_at = %(due)s, attempts = attempts + 1 WHERE {_MINE}"

# The conversation ends; what is sent then belongs to the version after it.
END = f"""
UPDATE parley.conversations
SET session = '{{}}', expires_at = %(now)s, version = version + 1
WHERE {_HERE} AND version = %(version)s
"""

# Those of a script that we began count from when its question was sent.
OF_STARTED = """
INSERT INTO parley.timers (person, number, flow, kind, version, due_at, data)
SELECT o.person, o.number, '', t.kind, o.version, %(now)s + make_interval(secs => t.seconds),
    json_build_object('words', t.words)
FROM parley.outbox o,
    json_to_recordset(o.data->'timers') AS t (kind text, seconds float8, words text)
WHERE o.id = %(id)s AND o.kind = 'start' AND EXISTS (
    SELECT FROM parley.conversations c
    WHERE (c.person, c.number, c.flow, c.version) = (o.person, o.number, '', o.version))
ON CONFLICT (person, number, flow, kind) DO UPDATE SET
    version = excluded.version, due_at = excluded.due_at, data = excluded.data, attempts = 0
"""
