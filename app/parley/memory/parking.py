"""Parked scripts: each script that waits for a time at the webhook of all flows has its own row.

So the person's next texts reach other flows, and one person can have several parked scripts. The
flow of such a row is the SID of the last text that the script answered, a slash, and the flow of
the row that the script comes from: `SM…/menu`. See `parked` for how a script continues.
"""

import re
from datetime import timedelta
from hashlib import sha256

from parley.conversation import Session
from parley.conversation.follow_ups import WAIT
from parley.memory import FollowUps
from parley.memory.database import Statement, Values
from parley.memory.rows import encoded
from parley.memory.running import is_parked
from parley.memory.timers import timer
from parley.routing.router import ROUTED

BUSY = timedelta(minutes=10)
"""The delay of a parked script that is due while another script runs."""

_PERSON = "(person, number) = (%(person)s, %(number)s)"
_HERE = "(person, number, flow) = (%(person)s, %(number)s, %(flow)s)"
_PARKED = "position('/' IN flow) > 1"
_SID = re.compile(r"[A-Za-z0-9]{1,64}")
_RUNNING, _SESSION = "f", "s"

# Park a script, and set its timer. The row exists already if the text was delivered again.
PARK = """
WITH parked AS (
    INSERT INTO parley.conversations
        (person, number, flow, session, expires_at, waiting, version, answered_at)
    VALUES (%(person)s, %(number)s, %(flow)s, %(session)s, %(expires_at)s, %(waiting)s, 1, %(now)s)
    ON CONFLICT DO NOTHING RETURNING person, number, flow, version
)
INSERT INTO parley.timers (person, number, flow, kind, version, due_at, data)
SELECT person, number, flow, %(kind)s, version, %(due)s::timestamptz, %(data)s::json FROM parked
ON CONFLICT (person, number, flow, kind) DO UPDATE SET
    version = excluded.version, due_at = excluded.due_at, data = excluded.data, attempts = 0
"""


def _end(where: str) -> str:
    """Return the statement that deletes parked scripts and their timers."""
    return f"""
WITH ended AS (DELETE FROM parley.timers WHERE {where})
DELETE FROM parley.conversations WHERE {where}
"""


# For the turn that has the lease, for an operator, and for an opt-out.
END = f"{_end(_HERE)} AND holders[1] = %(turn)s"
END_ONE = _end(_HERE)
END_ALL = _end(f"{_PERSON} AND {_PARKED}")

# Postpone a parked script: another script runs.
POSTPONE = f"""
UPDATE parley.timers SET due_at = %(due)s
WHERE {_HERE} AND (kind, version) = ('wait', %(version)s)
"""

# The person's other conversations that may have a running script, or an operator.
OTHERS = f"""
SELECT flow, session::text, paused_until, handed_to FROM parley.conversations
WHERE {_PERSON} AND NOT {_PARKED} AND (expires_at > %(now)s OR paused_until > %(now)s)
"""


def home(flow: str) -> str:
    """Return the flow of the row that a parked script comes from."""
    return flow.partition("/")[2]


def parks(flow: str, later: FollowUps) -> bool:
    """Return whether a turn at a row with this flow parks its script."""
    waits = any(each.kind == WAIT for each in later or ())
    return waits and not is_parked(flow) and flow.rpartition("/")[2] == ROUTED


def without_script(session: Session) -> Session:
    """Return the session that remains in the row when its script is parked."""
    return session.forget(_RUNNING, _SESSION)


def park(session: Session, later: FollowUps, values: Values) -> Statement:
    """Return the statement that parks a script; `values` are those of the row it comes from."""
    wait = next(each for each in later or () if each.kind == WAIT)
    _, of_timer = timer(wait, values)
    sid = str(values["sid"]).rpartition(" ")[2]
    if not _SID.fullmatch(sid):
        sid = sha256(sid.encode()).hexdigest()[:32]
    script = Session({name: session[name] for name in (_RUNNING, _SESSION)})
    return PARK, {**of_timer, "flow": f"{sid}/{values['flow']}", "session": encoded(script)}
