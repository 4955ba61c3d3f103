"""Workers that are killed, reloads, and servers that are stopped and restarted."""

import os
import random
import signal
import time
from contextlib import ExitStack
from itertools import product
from pathlib import Path

from werkzeug.test import TestResponse

from parley.http_client import Request
from tests.evidence.faults.trial import SETTINGS, counting, try_fault
from tests.evidence.plugin import Record, sizes
from tests.server.running import Server, free_port, running
from tests.server.senders import to
from tests.server.workers import reload, workers
from tests.webhook import Send, over_http

SIGNALS = tuple(product((signal.SIGTERM, signal.SIGINT), ("the first process", "all processes")))


@sizes(short=5, long=20)
def test_workers_are_killed(tmp_path: Path, size: int, record: Record) -> None:
    """One or both workers, two or three times a second."""
    with running(tmp_path, SETTINGS) as server:

        def harm() -> int:
            end, killed = time.monotonic() + size, 0
            while time.monotonic() < end:
                there = sorted(workers(server))
                for pid in random.sample(there, min(len(there), random.choice((1, 1, 1, 2)))):
                    os.kill(pid, signal.SIGKILL)
                    killed += 1
                time.sleep(random.uniform(0.2, 0.6))
            return killed

        senders = counting(to(server))
        try_fault("workers killed with SIGKILL", record, senders, harm, server.log)


@sizes(short=5, long=20)
def test_a_server_is_reloaded(tmp_path: Path, size: int, record: Record) -> None:
    """HUP, again as soon as the new workers run, and finally several times at once."""
    with running(tmp_path, SETTINGS) as server:

        def harm() -> int:
            end = time.monotonic() + size
            while time.monotonic() < end:
                reload(server)
            for _ in range(3):
                server.process.send_signal(signal.SIGHUP)
            reload(server)
            return 0

        senders = counting(to(server))
        try_fault("reloads with HUP", record, senders, harm, server.log)
    assert sum(sender.repeated for sender in senders) == 0, "a text had to be sent again"


@sizes(short=1, long=4)
def test_two_servers_are_restarted_in_turn(tmp_path: Path, size: int, record: Record) -> None:
    """SIGTERM and SIGINT, to the first process and to all: a rolling restart."""
    ports = [free_port(), free_port()]
    with ExitStack() as stack:
        servers = [stack.enter_context(running(tmp_path, SETTINGS, port=port)) for port in ports]

        def harm() -> int:
            for number, (sent, receivers) in enumerate(SIGNALS * size):
                place = number % 2
                stop(servers[place], sent, everyone=receivers == "all processes")
                again = running(tmp_path, SETTINGS, port=ports[place])
                servers[place] = stack.enter_context(again)
                time.sleep(0.5)
            return 0

        senders = counting(to_any(ports))
        try_fault("rolling restarts of two servers", record, senders, harm)
    assert sum(sender.repeated for sender in senders) == 0, "a text had to be sent again"


def stop(server: Server, sent: signal.Signals, *, everyone: bool) -> None:
    for pid in (server.process.pid, *(workers(server) if everyone else ())):
        os.kill(pid, sent)
    server.process.wait(timeout=30)


def to_any(ports: list[int]) -> Send:
    """Send to a server that is listening, as a proxy in front of the servers does."""

    def send(request: Request) -> TestResponse:
        for port in random.sample(ports, len(ports)):
            try:
                return over_http(port)(request)
            except ConnectionRefusedError:
                continue
        raise ConnectionRefusedError

    return send
