"""The SQL of a turn. Each statement finds its row by the primary key.

`queue` has the unanswered texts in order of arrival, and `holders` the turn of each: a process
number times 2^32, plus a count. The first text of the queue is being answered: its turn holds the
lease of the conversation.
"""

from parley.memory.presence import LOCKS

_HERE = "(person, number, flow) = (%(person)s, %(number)s, %(flow)s)"
_STATE = """holders[1], session::text, expires_at, version, EXISTS (
    SELECT FROM parley.opt_outs o WHERE (o.person, o.number) = (c.person, c.number)),
    paused_until, handed_to,
    (SELECT ARRAY[s.version::text, s.session::text,
            (SELECT o.status FROM parley.outbox o WHERE o.id = s.version)]
        FROM parley.conversations s
        WHERE (s.person, s.number, s.flow) = (c.person, c.number, '') AND s.expires_at > %(now)s)"""
_KEPT = 10
"""Number of replies that are stored per conversation."""
_OWN = "holders[array_position(queue, %(sid)s)]"


def is_gone(holder: str) -> str:
    """Return the SQL for whether the process of a turn has ended: then its lock is free."""
    return f"pg_try_advisory_xact_lock_shared({LOCKS}, ({holder} >> 32)::integer)"


# A running process is answering a text of the conversation c.
IS_ANSWERED = f"CASE WHEN c.queue <> '{{}}' THEN NOT {is_gone('c.holders[1]')} ELSE false END"


# Add a text to the end of the queue, unless it is in it or was answered: then no row is returned.
# If the database crashes, this may be lost, but all leases end, too: so the commit is asynchronous.
ARRIVE = f"""
INSERT INTO parley.conversations AS c (person, number, flow, queue, holders, leased_at)
VALUES (%(person)s, %(number)s, %(flow)s, ARRAY[%(sid)s], ARRAY[%(turn)s::bigint], %(now)s)
ON CONFLICT (person, number, flow) DO UPDATE SET
    queue = c.queue || excluded.queue,
    holders = c.holders || excluded.holders,
    leased_at = CASE WHEN c.queue = '{{}}' THEN excluded.leased_at ELSE c.leased_at END
WHERE NOT (c.queue || c.answered) @> excluded.queue
RETURNING {_STATE}, set_config('synchronous_commit', 'off', true)
"""

# The state of a text that is in the queue, or was answered.
LOOK = f"""
SELECT {_STATE},
    replies[array_position(answered, %(sid)s)], {_OWN}, leased_at,
    {is_gone("holders[1]")}, {is_gone(_OWN)}
FROM parley.conversations c WHERE {_HERE}
"""

# Replace a text's turn whose process has ended by this one.
TAKE_OVER = f"""
UPDATE parley.conversations SET holders = array_replace(holders, %(gone)s, %(turn)s)
WHERE {_HERE} AND holders @> ARRAY[%(gone)s::bigint]
"""

# Remove a turn from the queue without an answer.
LEAVE = f"""
UPDATE parley.conversations SET
    queue = array_remove(queue, queue[array_position(holders, %(turn)s)]),
    holders = array_remove(holders, %(turn)s),
    leased_at = CASE WHEN holders[1] = %(turn)s THEN %(now)s ELSE leased_at END
WHERE {_HERE} AND holders @> ARRAY[%(turn)s::bigint]
"""

# End a turn, if it still holds the lease.
_ANSWERED = f"""version = version + 1,
    queue = queue[2:], holders = holders[2:], leased_at = %(now)s, answered_at = %(now)s,
    answered = (ARRAY[%(sid)s::text] || answered)[1:{_KEPT}],
    replies = (ARRAY[%(reply)s::bytea] || replies)[1:{_KEPT}]
WHERE {_HERE} AND holders[1] = %(turn)s"""
SAVE = f"""
UPDATE parley.conversations SET
    session = %(session)s, expires_at = %(expires_at)s, waiting = %(waiting)s,
    paused_until = NULL, handed_to = NULL, {_ANSWERED}
"""

# End a turn, and let an operator answer until a time; the session's expiry is postponed to match.
HOLD = f"""
UPDATE parley.conversations SET
    paused_until = %(until)s, handed_to = %(by)s,
    expires_at = expires_at + (%(until)s - greatest(paused_until, %(now)s)), {_ANSWERED}
"""

# A script that the server began continues in this conversation, or ends with an opt-out.
END_STARTED = """
DELETE FROM parley.conversations
WHERE (person, number, flow, version) = (%(person)s, %(number)s, '', %(version)s)
"""

OPT_OUT = """
INSERT INTO parley.opt_outs (person, number, opted_out_at, how)
VALUES (%(person)s, %(number)s, %(now)s, %(how)s) ON CONFLICT DO NOTHING
"""
OPT_IN = "DELETE FROM parley.opt_outs WHERE (person, number) = (%(person)s, %(number)s)"

HAS = f"SELECT 1 FROM parley.conversations WHERE {_HERE}"
HELD_BY = """
SELECT person FROM parley.conversations
WHERE handed_to = %(by)s AND number = %(number)s AND paused_until > %(now)s ORDER BY person
"""
