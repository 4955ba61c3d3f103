"""A server that does not respond delays only the turns that call it."""

import socket
import statistics
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.server.running import ROOT, Server, completed, running
from tests.server.senders import to
from tests.services.upstream import PICTURE, answering_many, said
from tests.webhook import SETTINGS, Twilio

WAITING = 200


def text(server: Server, flow: str) -> str:
    return Twilio(to(server)).hears(flow)


def seconds(server: Server) -> float:
    started = time.monotonic()
    assert "Hello, thanks" in text(server, "counter")
    return time.monotonic() - started


@pytest.mark.live
@pytest.mark.threat("S27")
def test_two_hundred_waiting_turns_delay_no_other(tmp_path: Path) -> None:
    called = threading.Semaphore(0)
    released = threading.Event()

    def answer(connection: socket.socket) -> None:
        called.release()
        released.wait(10)
        connection.sendall(said(PICTURE))

    with (
        answering_many(answer) as url,
        ThreadPoolExecutor(WAITING) as pool,
        running(tmp_path, {**SETTINGS, "MMS_SOURCE_URL": url}) as server,
    ):
        alone = statistics.median(seconds(server) for _ in range(5))
        waiting = [pool.submit(text, server, "mms-reply") for _ in range(WAITING)]
        for _ in range(WAITING):
            assert called.acquire(timeout=10)
        beside = statistics.median(seconds(server) for _ in range(5))
        assert not any(each.done() for each in waiting)
        released.set()
        assert beside - alone < 0.1
        assert all("doge.jpg" in each.result() for each in waiting)


def test_the_server_resolves_names_without_threads() -> None:
    """gevent's default is ten threads, which ten hanging lookups would block."""
    told = completed(ROOT, [sys.executable, "-W", "error", "-c", RESOLVER])
    assert (told.stdout, told.stderr) == ("gevent.resolver.ares\n", "")


RESOLVER = """
import runpy
runpy.run_path("gunicorn.conf.py")
import gevent
print(type(gevent.get_hub().resolver).__module__)
"""
