"""Connections that send the next request before the previous response."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.server.behind import raw
from tests.server.running import Server, running
from tests.server.test_idle_connections import kept, seconds_of_a_text
from tests.webhook import SETTINGS, raw_text

AT_ONCE = 4


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server"), SETTINGS) as server:
        yield server


def test_two_pipelined_texts_are_answered_in_order(
    server: Server,
) -> None:
    both = server.send(kept() + raw_text("message-number"))
    assert both.count(b"HTTP/1.1 200 OK\r\n") == 2
    assert both.count(b"Hello, thanks for the new message.") == 2


def test_a_pipelining_connection_does_not_delay_others(server: Server) -> None:
    """Without a yield between requests, one such connection blocked all others."""
    is_over = threading.Event()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        sending = [pool.submit(send_on, server.connect(), is_over) for _ in range(AT_ONCE)]
        try:
            took = [seconds_of_a_text(server) for _ in range(20)]
        finally:
            is_over.set()
        assert sum(each.result() for each in sending) > 20
    assert max(took) < 1


def send_on(connection: socket.socket, is_over: threading.Event) -> int:
    """Send requests continuously, always with the start of the next; return the number answered."""
    request = raw("GET", "/healthz").replace(b"Connection: close\r\n", b"")
    answers = 0
    with connection:  # otherwise a thread waits for the rest of the last request
        connection.sendall(request[:1])
        while not is_over.is_set():
            connection.sendall(request[1:] + request * 2 + request[:1])
            wanted = answers + 3
            while answers < wanted:
                answers += connection.recv(65_536).count(b"HTTP/1.1 200 OK\r\n")
    return answers
