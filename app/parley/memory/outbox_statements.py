"""The SQL of the outbox: a worker claims each message, and writes its outcome."""

from parley.memory.presence import LOCKS
from parley.memory.statements import IS_ANSWERED

# The row in parley.senders limits the sender's rate: see CANDIDATES.
ADD = """
WITH pace AS (
    INSERT INTO parley.senders (number) VALUES (%(number)s) ON CONFLICT DO NOTHING
)
INSERT INTO parley.outbox
    (person, number, flow, version, kind, after, body, media_urls, next_attempt_at, created_at,
     data)
SELECT %(person)s, %(number)s, %(flow)s, %(version)s, %(kind)s, before.id, %(body)s,
    %(media_urls)s, %(due)s, %(now)s, %(data)s
FROM (SELECT %(after)s::bigint AS id OFFSET 0) AS before
RETURNING id
"""

# The same, to be sent after the message written before it in this transaction.
ADD_NEXT = ADD.replace("%(after)s", "currval('parley.outbox_id_seq')")

# Due messages, as many of each sender as its rate allows now. The senders' rows stay locked until
# the claim is written, so that no other worker uses the same allowance. No `EXISTS` in the select
# list: see timer_statements.DUE.
CANDIDATES = f"""
SELECT o.id, o.person, o.number, o.flow, o.version, o.kind, o.body, o.media_urls, o.attempts,
    (SELECT true FROM parley.opt_outs x
        WHERE (x.person, x.number) = (o.person, o.number) LIMIT 1) IS NOT NULL,
    (SELECT c.version FROM parley.conversations c
        WHERE (c.person, c.number, c.flow) = (o.person, o.number, o.flow)),
    (SELECT true FROM parley.conversations c
        WHERE (c.person, c.number) = (o.person, o.number) AND {IS_ANSWERED}
        LIMIT 1) IS NOT NULL,
    (SELECT max(c.paused_until) FROM parley.conversations c
        WHERE (c.person, c.number) = (o.person, o.number) AND c.paused_until > %(now)s),
    CASE o.kind WHEN 'start' THEN (
        SELECT json_object_agg(c.flow, c.session) FROM parley.conversations c
        WHERE (c.person, c.number) = (o.person, o.number) AND c.flow <> ''
            AND c.expires_at > %(now)s) END
FROM (
    SELECT number, 1 + floor(extract(epoch FROM
        %(now)s - greatest(free_at, %(now)s - %(burst)s)) / %(interval)s)::integer AS most
    FROM parley.senders WHERE free_at <= %(now)s FOR UPDATE SKIP LOCKED
) s
CROSS JOIN LATERAL (
    SELECT * FROM parley.outbox o
    WHERE o.number = s.number AND o.status = 'waiting' AND o.next_attempt_at <= %(now)s
        AND NOT EXISTS (
            SELECT FROM parley.outbox before
            WHERE before.id = o.after AND before.status IN ('waiting', 'claimed', 'unclear')
                AND before.next_attempt_at < 'infinity')
    ORDER BY o.next_attempt_at, o.id LIMIT least(s.most, %(limit)s) FOR UPDATE SKIP LOCKED
) o
ORDER BY o.next_attempt_at, o.id LIMIT %(limit)s
"""

# The conversations of messages, if they still have these versions and no other transaction is
# changing them, so that an opt-out is not missed.
UNCHANGED = """
SELECT c.person, c.number, c.flow FROM parley.conversations c
JOIN unnest(%(people)s::text[], %(numbers)s::text[], %(flows)s::text[], %(versions)s::bigint[])
    AS o (person, number, flow, version) USING (person, number, flow, version)
FOR UPDATE OF c SKIP LOCKED
"""

# A turn has left the question as it was: its messages belong to the next version.
KEEP = """
UPDATE parley.outbox SET version = %(version)s
WHERE (person, number, flow) = (%(person)s, %(number)s, %(flow)s)
    AND status IN ('waiting', 'claimed', 'unclear') AND version = %(version)s - 1
"""
# A person answers until then: what the script was about to say waits. So do messages that waited
# for the end of this take-over.
HOLD = """
UPDATE parley.outbox SET
    version = CASE
        WHEN flow = %(flow)s AND version = %(version)s - 1
        THEN %(version)s ELSE version END,
    next_attempt_at = CASE
        WHEN status = 'waiting' AND next_attempt_at = %(held_until)s::timestamptz THEN %(until)s
        ELSE next_attempt_at END
WHERE (person, number) = (%(person)s, %(number)s) AND status IN ('waiting', 'claimed', 'unclear')
"""

CLAIM = """
UPDATE parley.outbox SET status = 'claimed', holder = %(holder)s, claimed_at = %(now)s,
    attempts = attempts + 1, next_attempt_at = %(ask_at)s
WHERE id = ANY(%(ids)s)
"""
PACE = """
UPDATE parley.senders s SET free_at = greatest(free_at, %(now)s - %(burst)s)
    + o.messages * make_interval(secs => %(interval)s)
FROM unnest(%(numbers)s::text[], %(counts)s::integer[]) AS o (number, messages)
WHERE s.number = o.number
"""
POSTPONE = """
UPDATE parley.outbox o SET next_attempt_at = w.due
FROM unnest(%(ids)s::bigint[], %(dues)s::timestamptz[]) AS w (id, due) WHERE o.id = w.id
"""
CANCEL = """
UPDATE parley.outbox o SET status = 'cancelled', reason = w.reason
FROM unnest(%(ids)s::bigint[], %(reasons)s::text[]) AS w (id, reason) WHERE o.id = w.id
"""

# Delete scripts that would have begun with one of these messages.
FORGET = """
DELETE FROM parley.conversations c USING parley.outbox o
WHERE o.id = ANY(%(ids)s) AND (o.kind, o.version) = ('start', o.id)
    AND (c.person, c.number, c.flow, c.version) = (o.person, o.number, '', o.id)
"""

# A worker writes the outcome of a message only while it has the claim.
_MINE = """id = %(id)s AND status IN ('claimed', 'unclear') AND holder = %(holder)s
    AND attempts = %(attempts)s"""
SENT = f"""
UPDATE parley.outbox SET status = 'sent', message_sid = %(sid)s, sent_at = %(now)s, holder = NULL
WHERE {_MINE}
"""
# The lifetime of a script that begins with this message counts from when it was sent.
BEGUN = """
UPDATE parley.conversations c
SET expires_at = %(now)s + make_interval(secs => (o.data->>'lifetime')::integer)
FROM parley.outbox o WHERE o.id = %(id)s AND o.kind = 'start'
    AND (c.person, c.number, c.flow, c.version) = (o.person, o.number, '', o.version)
"""
RETRY = f"""
UPDATE parley.outbox SET status = 'waiting', holder = NULL, next_attempt_at = %(due)s,
    error_code = %(error_code)s, reason = %(reason)s
WHERE {_MINE}
"""
FAIL = f"""
UPDATE parley.outbox SET status = 'failed', holder = NULL, error_code = %(error_code)s,
    reason = %(reason)s
WHERE {_MINE}
"""
UNCLEAR = f"""
UPDATE parley.outbox SET status = 'unclear', next_attempt_at = %(due)s, reason = %(reason)s
WHERE {_MINE}
"""

# Messages without an outcome: their worker has ended or hangs, or the outcome is unknown.
UNSETTLED = f"""
UPDATE parley.outbox SET status = 'unclear', holder = %(holder)s, next_attempt_at = %(until)s
WHERE id IN (
    SELECT id FROM parley.outbox
    WHERE status IN ('claimed', 'unclear') AND next_attempt_at < 'infinity' AND (
        (next_attempt_at <= %(now)s AND (status = 'unclear' OR claimed_at <= %(hung)s))
        OR (claimed_at <= %(settled)s
            AND pg_try_advisory_xact_lock_shared({LOCKS}, holder::integer)))
    ORDER BY next_attempt_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING id, person, number, flow, version, kind, body, media_urls, attempts, claimed_at
"""
TAKEN = "SELECT message_sid FROM parley.outbox WHERE message_sid = ANY(%(sids)s)"

STATES = """
SELECT
    (SELECT count(*) FROM parley.outbox WHERE status = 'waiting' AND next_attempt_at > %(now)s),
    (SELECT count(*) FROM parley.outbox WHERE status = 'waiting' AND next_attempt_at <= %(now)s),
    (SELECT count(*) FROM parley.outbox WHERE status = 'waiting' AND next_attempt_at <= %(late)s),
    (SELECT count(*) FROM parley.outbox WHERE status IN ('claimed', 'unclear')
        AND next_attempt_at < 'infinity'),
    (SELECT count(*) FROM parley.outbox WHERE status = 'unclear' AND next_attempt_at = 'infinity')
"""
COUNT = """
INSERT INTO parley.counts AS c (name, value) VALUES (%(name)s, %(value)s)
ON CONFLICT (name) DO UPDATE SET value = c.value + excluded.value
"""
COUNTS = "SELECT name, value FROM parley.counts"
