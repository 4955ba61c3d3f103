"""The SQL of a turn. Each statement finds its row by the primary key.

`queue` holds the texts that came and are not answered yet, in their order, and `holders` by which
turn each is answered: a turn is a process number times 2^32, plus a count. The first text of the
queue is the one being answered: its turn has the lease of the conversation.
"""

from parley.memory.presence import LOCKS

_HERE = "(person, number, flow) = (%(person)s, %(number)s, %(flow)s)"
_STATE = """holders[1], session::text, expires_at, version, EXISTS (
    SELECT FROM parley.opt_outs o WHERE (o.person, o.number) = (c.person, c.number)),
    paused_until, handed_to,
    (SELECT ARRAY[s.version::text, s.session::text] FROM parley.conversations s
        WHERE (s.person, s.number, s.flow) = (c.person, c.number, '') AND s.expires_at > %(now)s)"""
_KEPT = 10
"""Texts of a conversation whose replies are kept."""
_OWN = "holders[array_position(queue, %(sid)s)]"


def _is_gone(holder: str) -> str:
    """Whether the process of a turn has ended: then its lock can be had."""
    return f"pg_try_advisory_xact_lock_shared({LOCKS}, ({holder} >> 32)::integer)"


# A text joins the end of the queue, unless it is there or was answered: then there is no row. A
# crash of the database may lose this, and ends all leases, too: so the commit need not be waited
# for.
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

# What has become of a text that is in the queue, or was answered.
LOOK = f"""
SELECT {_STATE},
    replies[array_position(answered, %(sid)s)], {_OWN}, leased_at,
    {_is_gone("holders[1]")}, {_is_gone(_OWN)}
FROM parley.conversations c WHERE {_HERE}
"""

# The text's former turn is gone: this one answers it in its place.
TAKE_OVER = f"""
UPDATE parley.conversations SET holders = array_replace(holders, %(gone)s, %(turn)s)
WHERE {_HERE} AND holders @> ARRAY[%(gone)s::bigint]
"""

# A turn leaves the queue unanswered.
LEAVE = f"""
UPDATE parley.conversations SET
    queue = array_remove(queue, queue[array_position(holders, %(turn)s)]),
    holders = array_remove(holders, %(turn)s),
    leased_at = CASE WHEN holders[1] = %(turn)s THEN %(now)s ELSE leased_at END
WHERE {_HERE} AND holders @> ARRAY[%(turn)s::bigint]
"""

# A turn is over, if it still has the lease.
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

# A turn is over, and a person answers until then; the time of the session stands still meanwhile.
HOLD = f"""
UPDATE parley.conversations SET
    paused_until = %(until)s, handed_to = %(by)s,
    expires_at = expires_at + (%(until)s - greatest(paused_until, %(now)s)), {_ANSWERED}
"""

# A script that we began goes on in this conversation, or ends with an opt-out.
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
