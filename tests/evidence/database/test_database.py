"""Two servers share a database: their workers are killed, and the database is restarted."""

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests import webhook
from tests.evidence.plugin import Record, sizes
from tests.memory.senders import Sender, all_text
from tests.postgres import Cluster, own_cluster
from tests.server.running import Server, running, until
from tests.server.senders import to
from tests.server.workers import workers

EVERY = 1.0
"""Seconds between two killed workers."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A database that writes to the disk, as in production."""
    with own_cluster() as found:
        yield found


@pytest.fixture
def servers(cluster: Cluster, tmp_path: Path) -> Iterator[list[Server]]:
    """Two servers of two workers each."""
    settings = {
        **webhook.SETTINGS,
        "FLOWS": "flows,tests.memory.diary",
        "WEB_CONCURRENCY": "2",
        "PYTHONPATH": str(Path(__file__).parents[3]),
        "DATABASE_URL": cluster.new_database(f"evidence_{time.time_ns()}"),
    }
    with ExitStack() as stack:
        yield [stack.enter_context(running(tmp_path, settings)) for _ in range(2)]


class Harm:
    """Kills a worker of one of the servers every second, and restarts the database twice."""

    def __init__(self, servers: list[Server], cluster: Cluster, restarts: int) -> None:
        self.servers, self.cluster, self.restarts = servers, cluster, restarts
        self.killed = self.restarted = 0
        self.over = threading.Event()

    def do(self) -> None:
        while not self.over.wait(EVERY):
            server = random.choice(self.servers)
            if alive := list(workers(server)):
                os.kill(random.choice(alive), signal.SIGKILL)
                self.killed += 1
            if self.restarted < self.restarts and self.killed % 3 == 0:
                self.cluster.stop("immediate" if self.restarted else "fast")
                self.cluster.start()
                self.restarted += 1


@sizes(short=(50, 40, 2), long=(100, 100, 6))
def test_two_servers_answer_every_text_once_and_in_order(
    servers: list[Server], cluster: Cluster, size: tuple[int, int, int], record: Record
) -> None:
    number, texts, restarts = size
    send = [to(each) for each in servers]
    senders = [Sender(f"+1555123{each:04}", send) for each in range(number)]
    harm = Harm(servers, cluster, restarts)
    harming = threading.Thread(target=harm.do)
    began = time.monotonic()
    all_text(senders, texts, harming.start)
    took = time.monotonic() - began
    until(lambda: harm.restarted == restarts, 60)
    harm.over.set()
    harming.join()
    add_row(
        "two texts at once, workers killed, the database restarted", senders, harm, record, took
    )
    assert all(len(each.answered) == texts for each in senders)


@sizes(short=(20, 20, 0), long=(50, 100, 0))
def test_a_text_delivered_five_times_is_answered_once(
    servers: list[Server], cluster: Cluster, size: tuple[int, int, int], record: Record
) -> None:
    number, texts, _ = size
    senders = [
        Sender(f"+1555124{each:04}", [to(each) for each in servers], 5) for each in range(number)
    ]
    harm = Harm(servers, cluster, 0)
    began = time.monotonic()
    all_text(senders, texts, lambda: None)
    add_row("every text five times at once", senders, harm, record, time.monotonic() - began)


def add_row(what: str, senders: list[Sender], harm: Harm, record: Record, seconds: float) -> None:
    wrong = [each for sender in senders for each in sender.wrong()]
    lost = [each for sender in senders for each in sender.lost]
    record(
        f"a database: {what}",
        turns=sum(len(each.answered) for each in senders),
        killed=harm.killed,
        lost=len(lost),
        mixed=len(wrong),
        note=f"{len(senders)} senders, {seconds:.0f} s, {sum(each.repeated for each in senders)} "
        f"sent again, {harm.restarted} restarts of the database; {'; '.join([*lost, *wrong][:3])}",
    )
