"""Timers: reminders, expirations, and scripts that continue at a time."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from parley.conversation import Session
from parley.conversation.follow_ups import EXPIRE, LATE, REMIND, WAIT, FollowUp
from parley.conversation.script_resumption import Outcome
from parley.memory import outbox_statements
from parley.memory import timer_statements as sql
from parley.memory.database import Connection, Database, Statement, Values
from parley.memory.rows import encoded
from parley.twilio.message_limits import clean

TEXTING = timedelta(seconds=2)
"""The delay of a timer while a text of the person is answered, or an operator answers."""
RUNNING = timedelta(seconds=90)
"""The time after which another worker continues a script that the first one has not finished."""
ELSEWHERE = timedelta(seconds=15)
"""The time between two checks whether the process of a late call still runs."""

QuietUntil = Callable[[str, datetime], datetime | None]


class Timer(NamedTuple):
    """A timer that is due.

    `is_current`: its conversation still has the timer's version. `is_ours`: no late call runs, or
    the process of the late call has ended.
    """

    person: str
    number: str
    flow: str
    kind: str
    version: int
    data: Mapping[str, Any]
    attempts: int
    is_current: bool
    is_opted_out: bool
    is_texting: bool
    is_ours: bool

    def __repr__(self) -> str:
        return f"Timer({self.kind}, {self.version})"


Fated = tuple[Timer, datetime]
"""A timer, and when it is due again."""


def timer(follow_up: FollowUp, values: Values) -> Statement:
    """Return the statement that writes a follow-up; `values` has the key, `version` and `now`."""
    now: datetime = values["now"]
    due = now + follow_up.due if isinstance(follow_up.due, timedelta) else follow_up.due
    data = {"words": clean(follow_up.words).text}
    if follow_up.pending is not None:
        data |= {"holder": values["turn"] >> 32, "sid": values["sid"]}
    elif follow_up.kind == WAIT:
        data["after"] = str(values["sid"]).rpartition(" ")[2]
    own = {"kind": follow_up.kind, "due": due, "data": json.dumps(data)}
    return sql.SET, {**values, **own}


def with_result(sid: str, outcome: Outcome) -> str:
    """The data of the timer of a late call that has ended, as JSON. Raises SessionTooLarge.

    The result is a text in it, since PostgreSQL reads no `\\u0000` in a value of the type json.
    """
    data = {"words": "", "sid": sid}
    if isinstance(outcome, BaseException):
        data["error"] = type(outcome).__name__
    elif outcome is not None:
        data["result"] = encoded(Session({"": outcome}))
    return json.dumps(data)


def result_in(data: Mapping[str, Any]) -> Outcome:
    """The result of a late call in the data of its timer; None before it has ended."""
    if "error" in data:
        return RuntimeError(data["error"])
    result: tuple[Any, ...] | None = None
    if "result" in data:
        result = Session(json.loads(data["result"]))[""]
    return result


class Timers:
    """The timers of a database, for workers; `clock` returns seconds since 1970."""

    def __init__(
        self, database: Database, clock: Callable[[], float], quiet_until: QuietUntil
    ) -> None:
        self._database, self._clock, self._quiet_until = database, clock, quiet_until

    def fire(self, most: int) -> tuple[int, list[Timer]]:
        """Run due timers; return their number, and those whose script a worker has to continue.

        Raises MemoryUnavailable.
        """
        now = datetime.fromtimestamp(self._clock(), UTC)

        def work(connection: Connection) -> tuple[int, list[Timer]]:
            with connection.transaction():
                values = {"now": now, "limit": most}
                found = [Timer(*row) for row in connection.execute(sql.DUE, values).fetchall()]
                unchanged = _unchanged(connection, found, now)
                fates: dict[str, list[Fated]] = defaultdict(list)
                for each in found:
                    fate, due = self._fate(each, now, unchanged)
                    fates[fate].append((self._mine(each) if fate == sql.TAKE else each, due))
                _write(connection, fates, now)
            return len(found), [each for each, _ in fates[sql.TAKE]]

        return self._database.run(work)

    def _fate(
        self, due: Timer, now: datetime, unchanged: set[tuple[str, ...]]
    ) -> tuple[str, datetime]:
        """Return the statement for a timer, and when the timer is due again if it stays."""
        if not due.is_current or due.is_opted_out:
            return sql.DROP, now
        if (due.person, due.number, due.flow) not in unchanged:
            return "", now  # another transaction is changing its conversation
        if due.is_texting:
            return sql.POSTPONE, now + TEXTING
        if not due.is_ours:
            return sql.POSTPONE, now + ELSEWHERE
        if due.kind == EXPIRE:
            return sql.END, now
        if until := self._quiet(due, now):
            return sql.POSTPONE, until
        return (sql.SEND, now) if due.kind == REMIND else (sql.TAKE, now + RUNNING)

    def _mine(self, due: Timer) -> Timer:
        """The timer of a late call that this process begins again, and that no other one does."""
        if due.kind != LATE or result_in(due.data) is not None:
            return due
        return due._replace(data={**due.data, "holder": self._database.number()})

    def _quiet(self, due: Timer, now: datetime) -> datetime | None:
        return None if "sid" in due.data else self._quiet_until(due.person, now)


def _write(connection: Connection, fates: Mapping[str, Sequence[Fated]], now: datetime) -> None:
    """Write what becomes of timers, by the statement for each."""
    reminded, ended = fates.get(sql.SEND, ()), fates.get(sql.END, ())
    # What an end says belongs to the version that the end makes.
    ends = [(each._replace(version=each.version + 1), due) for each, due in ended]
    said = [(each, due) for each, due in (*reminded, *ends) if each.data.get("words")]
    dropped = [*fates.get(sql.DROP, ()), *reminded, *ended]
    taken, postponed = fates.get(sql.TAKE, ()), fates.get(sql.POSTPONE, ())
    writes = [(sql.END, ended), (sql.SEND, said), (sql.DROP, dropped)]
    writes += [(sql.POSTPONE, postponed), (sql.TAKE, taken)]
    with connection.pipeline():
        for statement, timers in writes:
            if timers:
                connection.execute(statement, _values(timers, now))


def _values(timers: Sequence[Fated], now: datetime) -> dict[str, Any]:
    """Timers as the arrays of a statement."""
    found = [each for each, _ in timers]
    return {
        "now": now,
        "people": [each.person for each in found],
        "numbers": [each.number for each in found],
        "flows": [each.flow for each in found],
        "kinds": [each.kind for each in found],
        "versions": [each.version for each in found],
        "dues": [due for _, due in timers],
        "words": [str(each.data.get("words", "")) for each in found],
        "datas": [json.dumps(each.data) for each in found],
    }


def _unchanged(
    connection: Connection, found: Sequence[Timer], now: datetime
) -> set[tuple[str, ...]]:
    """The conversations of these timers that are as they were; they are locked from now on."""
    if not found:
        return set()
    values = _values([(each, now) for each in found], now)
    return set(connection.execute(outbox_statements.UNCHANGED, values).fetchall())
