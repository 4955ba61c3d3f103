"""Workers that are killed while messages go out: each is sent once, or is known as unclear."""

import subprocess
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from parley.memory.outgoing import ToSend, add
from tests.rest.stand_in import NUMBER, Asked, StandIn
from tests.server.running import PARLEY, clean_environ
from tests.worker.conftest import ALICE

WORKERS = 6
"""Each second, the oldest that has sent a message is killed; a busy machine starts them slowly."""


class Running(NamedTuple):
    """A worker, and the file with its log."""

    process: subprocess.Popen[Any]
    log: Path

    def has_sent(self) -> bool:
        return " sent " in self.log.read_text()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class Outcome(NamedTuple):
    """What became of the messages: how often each was sent, and their states."""

    killed: int
    sent: Counter[str]
    states: Counter[str]
    seconds: float


def send_while_killed(
    url: str, settings: Mapping[str, str], twilio: StandIn, folder: Path, *, messages: int
) -> Outcome:
    """Write messages, and let six workers send them, one of which is killed every second.

    Twilio takes 50 ms for each; some answers are lost on the way.
    """
    twilio.clock = time.time
    lost = iter(range(1_000_000))

    def slow(asked: Asked) -> bytes | None:
        if asked.method == "POST":
            time.sleep(0.05)
            if next(lost) % 20 == 7:
                return b""
        return None

    twilio.then = slow
    write(url, messages)
    began, killed = time.monotonic(), 0
    workers = [_worker(settings, folder) for _ in range(WORKERS)]
    try:
        while _open(url) and time.monotonic() < began + 20 * 60:
            time.sleep(1)
            if found := next((each for each in workers if each.has_sent()), None):
                found.kill()
                workers.remove(found)
                workers.append(_worker(settings, folder))
                killed += 1
    finally:
        for each in workers:
            each.kill()
    seconds = time.monotonic() - began
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT status FROM parley.outbox").fetchall()
    states = Counter(status for (status,) in rows)
    return Outcome(killed, Counter(each["body"] for each in twilio.messages), states, seconds)


def write(url: str, messages: int) -> None:
    """Write messages that differ in their text, to some people."""
    with psycopg.connect(url) as connection:
        (now,) = connection.execute("SELECT now()").fetchone() or ()
        for each in range(messages):
            person = f"{ALICE[:-2]}{each % 90 + 10}"
            add(connection, ToSend(person=person, number=NUMBER, body=f"text {each}"), now, now)


def _worker(settings: Mapping[str, str], folder: Path) -> Running:
    log = folder / f"worker-{time.monotonic_ns()}.log"
    with log.open("wb") as file:
        environ = clean_environ(**settings)
        process = subprocess.Popen([PARLEY, "worker"], env=environ, cwd=folder, stderr=file)
    return Running(process, log)


def _open(url: str) -> bool:
    """Whether messages are left that have neither been sent nor given up."""
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT FROM parley.outbox WHERE status IN ('waiting', 'claimed', 'unclear') "
            "AND next_attempt_at < 'infinity' LIMIT 1"
        ).fetchone()
    return found is not None
