"""Slow clients, behind the documented proxy and without it."""

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from tests.server.nginx import NGINX, nginx
from tests.server.running import running
from tests.server.senders import through, to
from tests.server.slow import BODY, HEAD, READS, seconds_of_texts, slow_senders
from tests.server.test_idle_connections import cpu_seconds
from tests.server.workers import workers
from tests.webhook import SETTINGS

pytestmark = pytest.mark.live

FILES = 4_096
"""Descriptors that the many connections of this process need."""


@pytest.mark.threat("S25")
@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_behind_nginx_200_slow_senders_delay_no_honest_text(tmp_path: Path) -> None:
    begins = [HEAD, BODY] * 80 + [READS] * 40
    with (
        running(tmp_path, SETTINGS) as server,
        nginx(tmp_path, [server.port]) as proxy,
        slow_senders(proxy.connected, begins) as slow,
    ):
        took = seconds_of_texts(through(proxy), 30)
        assert (len(slow.connections), slow.gone) == (200, 0), "they are still at it"
        assert " method=POST " not in server.log(), "what is not whole is the proxy's alone"
    assert max(took) < 2


@contextmanager
def more_files() -> Iterator[None]:
    """Let this process open as many files as the test needs, if it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard not in (resource.RLIM_INFINITY,) and hard < FILES:
        pytest.skip(f"this process may open {hard} files only")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, FILES), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.threat("S25")
def test_300_dripping_and_1000_silent_connections_delay_no_honest_text(tmp_path: Path) -> None:
    """On one worker, without a proxy (T20): with today's 300 an honest text took 30 seconds."""
    with more_files(), running(tmp_path, SETTINGS) as server, ExitStack() as stack:
        for _ in range(1_000):
            stack.enter_context(server.connect())
        slow = stack.enter_context(slow_senders(server.connect, [HEAD, BODY] * 150))
        (worker,) = workers(server)
        took = seconds_of_texts(to(server), 30)
        before, began = cpu_seconds(worker), time.monotonic()
        time.sleep(2)
        share = (cpu_seconds(worker) - before) / (time.monotonic() - began)
        assert (len(slow.connections), slow.gone) == (300, 0), "they are still at it"
    assert sorted(took)[len(took) // 2] < 0.1, "half of them, on a machine that does other things"
    assert max(took) < 2
    assert share < 0.5, "1,500 bytes a second cost 5 % of a core, and this machine may be slow"


@pytest.mark.threat("S25")
def test_an_idle_server_computes_nothing(tmp_path: Path) -> None:
    with running(tmp_path, SETTINGS) as server:
        (worker,) = workers(server)
        time.sleep(1)
        before = cpu_seconds(worker) + cpu_seconds(server.process.pid)
        time.sleep(5)
        spent = cpu_seconds(worker) + cpu_seconds(server.process.pid) - before
    assert spent <= 0.05, "0.1 seconds in 30"


@pytest.mark.threat("S25")
def test_a_megabyte_of_headers_in_small_packets_costs_next_to_nothing(tmp_path: Path) -> None:
    head = b"POST /sms/counter HTTP/1.1\r\nHost: a.example\r\n"
    head += b"".join(b"X-%d: %b\r\n" % (n, b"x" * 16_000) for n in range(88))
    with running(tmp_path, SETTINGS) as server:
        (worker,) = workers(server)
        before = cpu_seconds(worker)
        with server.connect() as connection, suppress(ConnectionResetError, BrokenPipeError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for start in range(0, len(head), 500):
                connection.sendall(head[start : start + 500])
        assert server.ask("GET", "/healthz")[0] == 200
        assert cpu_seconds(worker) - before < 0.3
