"""The outbox: messages for Twilio's REST API, written with a turn and claimed by a worker.

A worker writes a claim with its process number before it calls Twilio. So two workers never send
the same message. If a process ends after its claim, another one finds the claim and asks Twilio
whether the message was sent.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from parley.memory import outbox_statements as sql
from parley.memory.database import Connection, Database
from parley.memory.parking import END_ALL
from parley.memory.statements import OPT_OUT
from parley.memory.timer_statements import OF_STARTED

OPTED_OUT = "the person has opted out"
MOVED_ON = "the conversation has moved on"
TEXTING = timedelta(seconds=2)
"""The delay of a message whose conversation is answering a text."""
BURST = timedelta(seconds=0.25)
"""The time for which a sender may catch up with its rate in one burst."""
HUNG = timedelta(seconds=120)
"""The time after which the process of a claim is considered hung."""
LOOKING = timedelta(seconds=60)
"""The time for which one worker alone asks Twilio about a message."""
LATE = timedelta(seconds=60)
"""The time after which a due message counts as late."""


class Pace(NamedTuple):
    """The seconds between two messages of a sender, and until Twilio lists a message."""

    interval: float = 1.0
    settle: float = 15.0


class Candidate(NamedTuple):
    """A message that is due.

    `seen` is the version of its conversation now, `held_until` the end of a take-over.
    `sessions` are the person's conversations, for a message of kind START.
    """

    id: int
    person: str
    number: str
    flow: str | None
    version: int | None
    kind: str
    body: str
    media_urls: list[str]
    attempts: int
    is_opted_out: bool
    seen: int | None
    is_texting: bool
    held_until: datetime | None
    sessions: Mapping[str, Any] | None

    def __repr__(self) -> str:
        return f"Candidate({self.id}, {self.kind})"

    @property
    def is_current(self) -> bool:
        """Whether its conversation still has the message's version."""
        return self.version is None or self.version == self.seen


class Unsettled(NamedTuple):
    """A message with an unknown outcome, claimed at `claimed_at`."""

    id: int
    person: str
    number: str
    flow: str | None
    version: int | None
    kind: str
    body: str
    media_urls: list[str]
    attempts: int
    claimed_at: datetime

    def __repr__(self) -> str:
        return f"Unsettled({self.id}, {self.kind})"


Claimed = Candidate | Unsettled
Delay = Callable[[Candidate, datetime], datetime | None]
"""Returns until when a message has to wait; None if it may be sent now."""


class Claims(NamedTuple):
    """The result of a claim: messages to send now, and cancelled ones with the reason."""

    to_send: list[Candidate]
    cancelled: list[tuple[Candidate, str]]


class Outbox:
    """The outbox of a database, for workers; `clock` returns seconds since 1970."""

    def __init__(self, database: Database, clock: Callable[[], float], pace: Pace) -> None:
        self.database, self.clock, self._pace = database, clock, pace

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)

    def claim(self, most: int, delay: Delay) -> Claims:
        """Claim messages that are due, for this process. Raises MemoryUnavailable."""
        holder, now = self.database.number(), self.now()
        values = {
            "holder": holder,
            "now": now,
            "ask_at": now + timedelta(seconds=self._pace.settle),
            "burst": BURST,
            "interval": self._pace.interval,
            "limit": most,
        }

        def work(connection: Connection) -> Claims:
            with connection.transaction():
                rows = connection.execute(sql.CANDIDATES, values).fetchall()
                found = [Candidate(*row) for row in rows]
                return _claim(connection, found, delay, values) if found else Claims([], [])

        return self.database.run(work)

    def sent(self, message: Claimed, sid: str) -> None:
        """Record that a message was sent. Each record requires that this process has the claim."""
        self._write("sent", sql.SENT, message, sql.BEGUN, OF_STARTED, sid=sid)

    def retry(self, message: Claimed, seconds: float, reason: str, code: int = 0) -> None:
        """Record that a message was not sent; it is retried after `seconds`."""
        due = self.now() + timedelta(seconds=seconds)
        self._write("", sql.RETRY, message, due=due, reason=reason, error_code=code or None)

    def failed(self, message: Claimed, reason: str, code: int = 0) -> None:
        """Record that a message cannot be sent; a script that it would have begun is deleted."""
        more = {"reason": reason, "error_code": code or None, "ids": [message.id]}
        self._write("failed", sql.FAIL, message, sql.FORGET, **more)

    def unclear(self, message: Claimed, reason: str, seconds: float | None = None) -> None:
        """Record that the outcome of a message is unknown; Twilio is asked after `seconds`.

        With None, Twilio is not asked again.
        """
        due: Any = "infinity"
        if seconds is not None:
            due = self.now() + timedelta(seconds=seconds)
        name = "unclear" if seconds is None else ""
        self._write(name, sql.UNCLEAR, message, due=due, reason=reason)

    def opt_out(self, message: Claimed, how: str) -> None:
        """Record that a person has opted out."""
        who = {"person": message.person, "number": message.number}
        values = {**who, "now": self.now(), "how": how}
        self.database.write((OPT_OUT, values))
        self.database.write((END_ALL, values))

    def unsettled(self, most: int) -> list[Unsettled]:
        """Claim messages with an unknown outcome."""
        now = self.now()
        values = {
            "holder": self.database.number(),
            "now": now,
            "hung": now - HUNG,
            "settled": now - timedelta(seconds=self._pace.settle),
            "until": now + LOOKING,
            "limit": most,
        }
        rows = self.database.run(
            lambda connection: connection.execute(sql.UNSETTLED, values).fetchall()
        )
        return [Unsettled(*row) for row in rows]

    def taken(self, sids: Iterable[str]) -> set[str]:
        """Return those of these Twilio messages that belong to other messages of the outbox."""
        values = {"sids": list(sids)}
        rows = self.database.run(
            lambda connection: connection.execute(sql.TAKEN, values).fetchall()
        )
        return {sid for (sid,) in rows}

    def _write(
        self, name: str, statement: str, message: Claimed, *more: str, **values: Any
    ) -> None:
        """Write the outcome of a message if this process still has the claim, and count it."""
        values |= {"id": message.id, "attempts": message.attempts, "now": self.now()}
        values |= {"holder": self.database.number(), "name": name, "value": 1}
        counted = (sql.COUNT,) if name else ()
        self.database.write(*((each, values) for each in (statement, *more, *counted)))


def states(database: Database, now: datetime) -> tuple[dict[str, int], dict[str, int]]:
    """Return the number of messages in each state now, and the total of each outcome.

    The states are `waiting` for their time, `due` and, of these, `late`; `claimed` while they are
    sent, and `unclear`. Raises MemoryUnavailable.
    """

    def work(connection: Connection) -> tuple[dict[str, int], dict[str, int]]:
        (row,) = connection.execute(sql.STATES, {"now": now, "late": now - LATE}).fetchall()
        names = ("waiting", "due", "late", "claimed", "unclear")
        return dict(zip(names, row, strict=True)), dict(connection.execute(sql.COUNTS).fetchall())

    return database.run(work)


def _claim(
    connection: Connection, found: Sequence[Candidate], delay: Delay, values: dict[str, Any]
) -> Claims:
    """Send, postpone or cancel each message, under the lock of its conversation."""
    now, unchanged = values["now"], _unchanged(connection, found)
    claimed: list[Candidate] = []
    cancelled: list[tuple[Candidate, str]] = []
    postponed: list[tuple[int, datetime]] = []
    for each in found:
        if each.is_opted_out:
            cancelled.append((each, OPTED_OUT))
        elif not each.is_current:
            cancelled.append((each, MOVED_ON))
        elif each.seen is not None and (each.person, each.number, each.flow) not in unchanged:
            continue  # another transaction is changing its conversation
        elif each.held_until:
            postponed.append((each.id, each.held_until))
        elif each.version is not None and each.is_texting:
            postponed.append((each.id, now + TEXTING))
        elif until := delay(each, now):
            postponed.append((each.id, until))
        else:
            claimed.append(each._replace(attempts=each.attempts + 1))
    counts = Counter(each.number for each in claimed)
    paced = sorted(counts)
    ids = [each.id for each, _ in cancelled]
    with connection.pipeline():
        if claimed:
            connection.execute(sql.CLAIM, {**values, "ids": [each.id for each in claimed]})
            sent = [counts[each] for each in paced]
            connection.execute(sql.PACE, {**values, "numbers": paced, "counts": sent})
        if cancelled:
            reasons = [why for _, why in cancelled]
            connection.execute(sql.CANCEL, {"ids": ids, "reasons": reasons})
            connection.execute(sql.FORGET, {"ids": ids})
            connection.execute(sql.COUNT, {"name": "cancelled", "value": len(ids)})
        if postponed:
            waiting, dues = zip(*postponed, strict=True)
            connection.execute(sql.POSTPONE, {"ids": list(waiting), "dues": list(dues)})
    return Claims(claimed, cancelled)


def _unchanged(connection: Connection, found: Sequence[Candidate]) -> set[tuple[str, str, str]]:
    """Lock and return the conversations of these messages that have not changed since."""
    of_one = [each for each in found if each.seen is not None]
    if not of_one:
        return set()
    values = {
        "people": [each.person for each in of_one],
        "numbers": [each.number for each in of_one],
        "flows": [each.flow for each in of_one],
        "versions": [each.seen for each in of_one],
    }
    return set(connection.execute(sql.UNCHANGED, values).fetchall())
