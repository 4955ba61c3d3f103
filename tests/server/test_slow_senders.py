"""Slow senders, behind the documented proxy and without it."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.server.nginx import NGINX, nginx
from tests.server.running import Server, running
from tests.server.senders import through, to
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
        took = seconds_of_texts(through(proxy), 50)
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
