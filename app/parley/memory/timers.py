"""What happens to conversations later: reminders, ends, and scripts that go on at a time."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from parley.conversation.follow_ups import EXPIRE, REMIND, FollowUp
from parley.memory import outbox_statements
from parley.memory import timer_statements as sql
from parley.memory.database import Connection, Database, Statement, Values

TEXTING = timedelta(seconds=2)
"""How long a timer waits while a text of the person is answered, or an operator answers."""
RUNNING = timedelta(seconds=90)
"""After which another worker goes on with a script, if the one that had begun does not end it."""
ELSEWHERE = timedelta(seconds=15)
"""Between two looks at whether the process lives that a late call runs in."""

QuietUntil = Callable[[str, datetime], datetime | None]


class Timer(NamedTuple):
    """A timer that is due.

    `is_current` says whether its conversation still has its version, and `is_ours` whether the
    process has ended that a late call runs in.
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


def timer(follow_up: FollowUp, values: Values) -> Statement:
    """What writes a follow-up of a conversation; `values` have its key, `version` and `now`."""
    now: datetime = values["now"]
    due = now + follow_up.due if isinstance(follow_up.due, timedelta) else follow_up.due
    data = {"words": follow_up.words}
    if follow_up.pending is not None:
        data |= {"holder": values["turn"] >> 32, "sid": values["sid"]}
    own = {"kind": follow_up.kind, "due": due, "data": json.dumps(data)}
    return sql.SET, {**values, **own}


class Timers:
    """The timers of a database, for the workers; `clock` is seconds since 1970."""

    def __init__(
        self, database: Database, clock: Callable[[], float], quiet_until: QuietUntil
    ) -> None:
        self._database, self._clock, self._quiet_until = database, clock, quiet_until

    def fire(self, most: int) -> tuple[int, list[Timer]]:
        """Do what is due; return how many timers that were, and those whose script goes on.

        Raises MemoryUnavailable.
        """
        now = datetime.fromtimestamp(self._clock(), UTC)

        def work(connection: Connection) -> tuple[int, list[Timer]]:
            with connection.transaction():
                values = {"now": now, "limit": most}
                found = [Timer(*row) for row in connection.execute(sql.DUE, values).fetchall()]
                unchanged = _unchanged(connection, found)
                resumed = [each for each in found if each.kind not in (REMIND, EXPIRE)]
                with connection.pipeline():
                    taken = [
                        each
                        for each in found
                        if self._fire(connection, each, now, unchanged) and each in resumed
                    ]
            return len(found), taken

        return self._database.run(work)

    def _fire(
        self, connection: Connection, due: Timer, now: datetime, unchanged: set[tuple[str, ...]]
    ) -> bool:
        """Decide about one timer; return whether its script goes on now."""
        values = {**due._asdict(), "now": now}
        if not due.is_current or due.is_opted_out:
            connection.execute(sql.DROP, values)
        elif (due.person, due.number, due.flow) not in unchanged:
            pass  # its conversation changes at this moment
        elif due.is_texting:
            connection.execute(sql.POSTPONE, {**values, "due": now + TEXTING})
        elif not due.is_ours:
            connection.execute(sql.POSTPONE, {**values, "due": now + ELSEWHERE})
        elif due.kind == EXPIRE:
            connection.execute(sql.END, values)
            _send(connection, due, values, due.version + 1)
            connection.execute(sql.DROP, values)
        elif until := self._quiet(due, now):
            connection.execute(sql.POSTPONE, {**values, "due": until})
        elif due.kind == REMIND:
            _send(connection, due, values, due.version)
            connection.execute(sql.DROP, values)
        else:
            connection.execute(sql.TAKE, {**values, "due": now + RUNNING})
            return True
        return False

    def _quiet(self, due: Timer, now: datetime) -> datetime | None:
        return None if "sid" in due.data else self._quiet_until(due.person, now)


def _send(connection: Connection, due: Timer, values: Values, version: int) -> None:
    if words := due.data.get("words"):
        more = {"body": words, "media_urls": [], "after": None, "due": values["now"], "data": "{}"}
        connection.execute(outbox_statements.ADD, {**values, **more, "version": version})


def _unchanged(connection: Connection, found: Sequence[Timer]) -> set[tuple[str, ...]]:
    """The conversations of these timers that are as they were; they are locked from now on."""
    if not found:
        return set()
    values = {
        "people": [each.person for each in found],
        "numbers": [each.number for each in found],
        "flows": [each.flow for each in found],
        "versions": [each.version for each in found],
    }
    return set(connection.execute(outbox_statements.UNCHANGED, values).fetchall())
