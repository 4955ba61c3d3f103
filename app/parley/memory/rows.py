"""A row of the table of conversations, and the session in it."""

import json
from datetime import datetime
from typing import NamedTuple

from parley.conversation import Session
from parley.memory import Started
from parley.sessions import SessionTooLarge

ROW_BYTES = 64_000
"""Maximum size of a session in bytes."""

_JSON = json.JSONEncoder(default=Session.as_dict, allow_nan=False, separators=(",", ":"))


class State(NamedTuple):
    """A conversation's row; `head` is the turn that holds the lease."""

    head: int
    session: str
    expires_at: datetime | None
    version: int
    opted_out: bool
    paused_until: datetime | None
    handed_to: str | None
    started: list[str] | None
    """Of a script that the server began: version, session, and status of its first message."""


STATE = len(State._fields)


class Text(NamedTuple):
    """The state of a text: its reply, or the turn that answers it.

    `own` is that turn. `is_head_gone`: the process of the turn that holds the lease has ended.
    `is_own_gone`: that of `own` has ended.
    """

    reply: bytes | None
    own: int | None
    leased_at: datetime
    is_head_gone: bool | None
    is_own_gone: bool | None


def session_of(row: State, now: datetime) -> tuple[Session, str, int]:
    """Return a row's session, its state, and how many seconds it would have lasted."""
    if row.session == "{}":
        return Session(), "new", 0
    left = int(row.expires_at.timestamp()) - int(now.timestamp()) if row.expires_at else 0
    if left <= 0:
        return Session(expired=True), "expired", 0
    return Session(json.loads(row.session)), "continued", left


def started_in(row: State) -> Started | None:
    """Return the script that the server began, and that waits for the first answer."""
    if row.started is None:
        return None
    version, text, status = row.started
    session, is_sent = json.loads(text), status != "waiting"
    return Started(session["f"], Session(session["s"]), int(version), "r" not in session, is_sent)


def encoded(session: Session) -> str:
    """Encode a session as JSON in ASCII. Raises SessionTooLarge."""
    text = _JSON.encode(session)
    if len(text) > ROW_BYTES:
        raise SessionTooLarge(len(text), session, ROW_BYTES, "row")
    return text
