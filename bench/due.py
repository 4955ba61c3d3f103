"""What the worker's work costs among many conversations that wait: timers, messages, memory."""

import itertools
import subprocess
import time
from collections.abc import Callable
from statistics import median
from typing import NamedTuple

from bench.peers import BIN, ROOT, environment, proportional_memory
from parley.memory.database import Database
from parley.memory.outbox import Outbox, Pace
from parley.memory.timers import Timers
from tests.postgres import Cluster

BATCH = 500
BATCHES = 20
NUMBER = "+15559870002"
WORKER_SECONDS = 5
"""For which a worker looks at what is due before its memory is measured."""

WAITING = """
INSERT INTO parley.conversations (person, number, flow, session, expires_at, version, waiting,
    answered, replies)
SELECT '+1666' || to_char(n, 'FM0000000'), '{number}', 'counter', '{{"count":3}}',
    now() + '30 days', 4, 'counter', ARRAY['SM' || md5(n::text)],
    ARRAY[convert_to(repeat('x', 120), 'UTF8')]
FROM generate_series({first}, {last}) AS n;
INSERT INTO parley.timers (person, number, flow, kind, version, due_at, data)
SELECT person, number, flow, 'remind', version, now() + '{due}', '{{"words":"Still there?"}}'
FROM parley.conversations WHERE person >= '+1666' || to_char({first}, 'FM0000000')
"""
"""Conversations that wait for an answer, each with a reminder."""
MESSAGES = """
INSERT INTO parley.senders (number)
SELECT '+1777' || to_char(n, 'FM0000000') FROM generate_series(1, {batch}) AS n;
INSERT INTO parley.outbox (person, number, body, next_attempt_at, created_at)
SELECT '+1666' || to_char(n, 'FM0000000'), '+1777' || to_char(1 + n % {batch}, 'FM0000000'),
    'Hello', now(), now()
FROM generate_series(1, {most}) AS n
"""
"""Messages that are due, of so many sending numbers that each claim finds a whole batch."""


class Due(NamedTuple):
    """Milliseconds of a batch of timers, and of messages; megabytes of a worker."""

    timers: float
    messages: float
    megabytes: float


def fill(cluster: Cluster, name: str, waiting: int) -> None:
    """Write conversations that wait, and what is due now: the timers of some of them, and messages.

    The database has nothing else.
    """
    due = BATCH * BATCHES
    cluster.execute(WAITING.format(number=NUMBER, first=1, last=due, due="-1 minute"), name)
    if waiting:
        more = WAITING.format(number=NUMBER, first=due + 1, last=waiting, due="1 day")
        cluster.execute(more, name)
    cluster.execute(MESSAGES.format(batch=BATCH, most=due), name)
    cluster.execute("VACUUM ANALYZE", name)


def claimed(url: str) -> Due:
    """Fire the timers and claim the messages that are due, batch by batch; then run a worker."""
    database = Database(url, 1)
    timers = Timers(database, time.time, lambda _person, _now: None)
    # A second passes between two claims, as each number may send one message in each.
    outbox = Outbox(database, itertools.count(time.time() + 1).__next__, Pace())
    fired = [_milliseconds(lambda: timers.fire(BATCH)[0]) for _ in range(BATCHES)]
    sent = [
        _milliseconds(lambda: len(outbox.claim(BATCH, lambda _message, _now: None).to_send))
        for _ in range(BATCHES)
    ]
    # Nothing of it may go to Twilio.
    database.write(("TRUNCATE parley.outbox", {}))
    database.close()
    return Due(median(fired), median(sent), worker_megabytes(url))


def worker_megabytes(url: str) -> float:
    """The memory of `parley worker` after some seconds in which nothing is due."""
    given = {"DATABASE_URL": url, "SENDING_NUMBER": NUMBER, "TWILIO_ACCOUNT_SID": f"AC{'0' * 32}"}
    command = [str(BIN / "parley"), "worker"]
    environ = {**environment(), **given}
    with subprocess.Popen(command, cwd=ROOT, env=environ, stderr=subprocess.PIPE) as worker:
        assert worker.stderr is not None
        read = b""
        while b"working" not in (line := worker.stderr.readline()):
            read += line
            if not line:
                raise SystemExit(f"A worker ended at its start: {read!r}")
        time.sleep(WORKER_SECONDS)
        found = proportional_memory(worker.pid) / 1e6
        worker.terminate()
    return found


def _milliseconds(batch: Callable[[], int]) -> float:
    """How long a batch takes; each must be a whole one."""
    started = time.perf_counter()
    number = batch()
    took = 1_000 * (time.perf_counter() - started)
    if number != BATCH:
        raise SystemExit(f"A batch has {number} instead of {BATCH}.")
    return took
