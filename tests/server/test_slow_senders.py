"""Slow senders, behind the documented proxy and without it."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.server.behind import raw
from tests.server.nginx import NGINX, nginx
from tests.server.running import Server, running
from tests.server.senders import TARGET, through, to
from tests.server.slow import BODY, HEAD, READS, seconds_of_texts, slow_senders
from tests.twilio import PUBLIC_URL, SECRET, TOKEN

pytestmark = pytest.mark.live

SETTINGS = {
    "PUBLIC_URL": PUBLIC_URL,
    "TWILIO_AUTH_TOKEN": TOKEN,
    "SESSION_SECRET": SECRET,
    "WEB_CONCURRENCY": "1",
    "WEB_THREADS": "8",
}
THREADS = 8


@pytest.mark.threat("S25")
@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_behind_nginx_200_slow_senders_keep_no_honest_text_waiting(tmp_path: Path) -> None:
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
def connected(server: Server) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=15) as connection:
        yield connection


@pytest.mark.threat("S25")
def test_without_a_proxy_as_many_slow_senders_as_threads_keep_every_text_waiting(
    tmp_path: Path,
) -> None:
    """What is not defended; one fewer does no harm, and what has waited is answered."""
    begins = [HEAD, BODY] * (THREADS // 2)
    with running(tmp_path, SETTINGS) as server, ThreadPoolExecutor(1) as pool:
        with slow_senders(lambda: connected(server), begins[1:]):
            assert max(seconds_of_texts(to(server), 10)) < 2
        with slow_senders(lambda: connected(server), begins) as slow:
            waiting = pool.submit(seconds_of_texts, to(server), 1)
            with pytest.raises(NotYet):
                waiting.result(timeout=5)
            assert (len(slow.connections), slow.gone) == (THREADS, 0), "they are still at it"
        assert len(waiting.result(timeout=10)) == 1, "when they are gone it is answered"


@pytest.mark.threat("S25")
def test_half_a_million_chunks_of_a_byte_cost_a_stranger_more_than_us(tmp_path: Path) -> None:
    """3 MB that nobody signed; to read them all took two seconds."""
    head = raw("POST", TARGET, headers={"Transfer-Encoding": "chunked"})
    body = b"1\r\nx\r\n" * 500_000 + b"0\r\n\r\n"
    with running(tmp_path, SETTINGS) as server:
        started = time.monotonic()
        assert server.send(head + body).startswith(b"HTTP/1.1 413 ")
        assert time.monotonic() - started < 1
