"""The SQL of timers. A timer is dropped if its conversation has another version."""

from parley.memory.presence import LOCKS
from parley.memory.statements import IS_ANSWERED

_HERE = "(person, number, flow) = (%(person)s, %(number)s, %(flow)s)"
_THESE = """unnest(%(people)s::text[], %(numbers)s::text[], %(flows)s::text[], %(kinds)s::text[],
    %(versions)s::bigint[], %(dues)s::timestamptz[], %(words)s::text[], %(datas)s::text[])
    AS o (person, number, flow, kind, version, due, words, data)"""
_IS_THIS = (
    "(t.person, t.number, t.flow, t.kind, t.version) = "
    "(o.person, o.number, o.flow, o.kind, o.version)"
)

SET = """
INSERT INTO parley.timers (person, number, flow, kind, version, due_at, data)
VALUES (%(person)s, %(number)s, %(flow)s, %(kind)s, %(version)s, %(due)s, %(data)s)
ON CONFLICT (person, number, flow, kind) DO UPDATE SET
    version = excluded.version, due_at = excluded.due_at, data = excluded.data, attempts = 0
"""
# A turn did not change the question: its timers belong to the next version.
KEEP = f"""
UPDATE parley.timers SET version = %(version)s WHERE {_HERE} AND version = %(version)s - 1
"""
# An operator answers for some time: timers that count from the last text are postponed by it.
HOLD = f"""
UPDATE parley.timers SET
    version = %(version)s,
    due_at = CASE WHEN kind IN ('remind', 'expire') THEN due_at + %(shift)s ELSE due_at END
WHERE {_HERE} AND version = %(version)s - 1
"""

# The late call that a conversation waits for, by the text that began it.
IS_LATE = f"""
SELECT 1 FROM parley.timers
WHERE {_HERE} AND (kind, version) = ('late', %(version)s) AND data ->> 'sid' = %(call)s
"""
# Its result, which a worker goes on with.
KEEP_RESULT = f"""
UPDATE parley.timers SET data = %(data)s, due_at = %(due)s
WHERE {_HERE} AND (kind, version) = ('late', %(version)s)
"""

# `(SELECT true … LIMIT 1)` and not `EXISTS`, for which PostgreSQL may read the whole table once
# instead of looking each row up: half a second among a million conversations.
DUE = f"""
SELECT t.person, t.number, t.flow, t.kind, t.version, t.data, t.attempts,
    (SELECT true FROM parley.conversations c
        WHERE (c.person, c.number, c.flow, c.version) = (t.person, t.number, t.flow, t.version)
        LIMIT 1) IS NOT NULL,
    (SELECT true FROM parley.opt_outs x
        WHERE (x.person, x.number) = (t.person, t.number) LIMIT 1) IS NOT NULL,
    (SELECT true FROM parley.conversations c
        WHERE (c.person, c.number) = (t.person, t.number)
            AND ({IS_ANSWERED} OR c.paused_until > %(now)s) LIMIT 1) IS NOT NULL,
    t.data ->> 'holder' IS NULL
        OR pg_try_advisory_xact_lock_shared({LOCKS}, (t.data ->> 'holder')::integer)
FROM parley.timers t WHERE t.due_at <= %(now)s ORDER BY t.due_at LIMIT %(limit)s
FOR UPDATE OF t SKIP LOCKED
"""

# The following statements change many timers, or their conversations, at once.
DROP = f"DELETE FROM parley.timers t USING {_THESE} WHERE {_IS_THIS}"
POSTPONE = f"UPDATE parley.timers t SET due_at = o.due FROM {_THESE} WHERE {_IS_THIS}"
# A worker continues these conversations; if it is killed, another one does.
TAKE = f"""
UPDATE parley.timers t SET due_at = o.due, data = o.data::json, attempts = attempts + 1
FROM {_THESE} WHERE {_IS_THIS}
"""
# The conversations end; the messages sent then belong to the next version.
END = f"""
UPDATE parley.conversations c
SET session = '{{}}', expires_at = %(now)s, version = c.version + 1
FROM {_THESE}
WHERE (c.person, c.number, c.flow, c.version) = (o.person, o.number, o.flow, o.version)
"""
# The words of the timers, as messages to send.
SEND = f"""
WITH these AS (SELECT * FROM {_THESE}),
pace AS (
    INSERT INTO parley.senders (number) SELECT DISTINCT number FROM these ON CONFLICT DO NOTHING
)
INSERT INTO parley.outbox
    (person, number, flow, version, kind, body, next_attempt_at, created_at)
SELECT person, number, flow, version, kind, words, %(now)s, %(now)s FROM these
"""

# Timers of a script that the server began count from when its question was sent.
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
