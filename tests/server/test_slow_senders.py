"""Slow clients, with and without the documented proxy."""

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
"""The file descriptors that this process needs for its connections."""


@pytest.mark.threat("S25")
@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_behind_nginx_200_slow_clients_delay_no_text(tmp_path: Path) -> None:
    begins = [HEAD, BODY] * 80 + [READS] * 40
    with (
        running(tmp_path, SETTINGS) as server,
        nginx(tmp_path, [server.port]) as proxy,
        slow_senders(proxy.connected, begins) as slow,
    ):
        took = seconds_of_texts(through(proxy), 30)
        assert (len(slow.connections), slow.gone) == (200, 0), "a slow connection was closed"
        assert " method=POST " not in server.log(), "the proxy forwarded an incomplete request"
    assert max(took) < 2


@contextmanager
def more_files() -> Iterator[None]:
    """Raise this process's limit of open files as far as the test needs, if allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard not in (resource.RLIM_INFINITY,) and hard < FILES:
        pytest.skip(f"this process may open {hard} files only")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, FILES), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.threat("S25")
def test_300_slow_and_1000_idle_connections_delay_no_text(tmp_path: Path) -> None:
    """With one worker and no proxy (T20); an earlier server took 30 seconds for a text."""
    with more_files(), running(tmp_path, SETTINGS) as server, ExitStack() as stack:
        for _ in range(1_000):
            stack.enter_context(server.connect())
        slow = stack.enter_context(slow_senders(server.connect, [HEAD, BODY] * 150))
        (worker,) = workers(server)
        took = seconds_of_texts(to(server), 30)
        before, began = cpu_seconds(worker), time.monotonic()
        time.sleep(2)
        share = (cpu_seconds(worker) - before) / (time.monotonic() - began)
        assert (len(slow.connections), slow.gone) == (300, 0), "a slow connection was closed"
    assert sorted(took)[len(took) // 2] < 0.1, "the median is too long even for a busy machine"
    assert max(took) < 2
    assert share < 0.5, "1,500 bytes a second cost 5 % of a core, and this machine may be slow"


@pytest.mark.threat("S25")
def test_an_idle_server_wakes_a_few_times_a_second(tmp_path: Path) -> None:
    """How long each takes depends on the machine; `make bench` measures the time."""
    with running(tmp_path, SETTINGS) as server:
        processes = [*workers(server), server.process.pid]
        time.sleep(1)
        before = sum(map(wake_ups, processes))
        time.sleep(5)
        assert (sum(map(wake_ups, processes)) - before) / 5 < 15


def wake_ups(pid: int) -> int:
    """Return how often the threads of a process have waited for something."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(
        int((task / "status").read_text().partition("\nvoluntary_ctxt_switches:")[2].split()[0])
        for task in tasks
    )


@pytest.mark.threat("S25")
def test_a_megabyte_of_headers_in_small_packets_costs_little(tmp_path: Path) -> None:
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
