"""Slow clients, all in one thread: connections that send or read one byte at a time."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

from tests.server.behind import DOMAIN, raw
from tests.server.senders import FORM, PAUSE, TARGET, count_in
from tests.webhook import Send, Twilio

Connect = Callable[[], AbstractContextManager[socket.socket]]

BEAT = 0.2
"""Seconds between two bytes of a slow client."""
HEAD = f"POST {TARGET} HTTP/1.1\r\nHost: {DOMAIN}\r\nX-Slow: ".encode()
BODY = raw("POST", TARGET, headers={"Content-Type": FORM, "Content-Length": "100000"}) + b"From="
READS = raw("GET", TARGET).replace(b"Connection: close\r\n", b"") * 20
"""Twenty pipelined requests, whose responses are read one byte at a time."""


@dataclass
class Slow:
    """Slow connections; `gone` is the number that the server has closed."""

    connections: list[tuple[socket.socket, bytes]]
    gone: int = 0

    def drip_until(self, over: threading.Event) -> None:
        while not over.wait(BEAT):
            for each in list(self.connections):
                if not self._drips(*each):
                    self.connections.remove(each)
                    self.gone += 1

    def _drips(self, connection: socket.socket, begun: bytes) -> bool:
        try:
            if begun == READS:
                return bool(connection.recv(1))
            connection.sendall(b"x")
        except TimeoutError:  # nothing to read yet
            return begun == READS
        except OSError:
            return False
        return True


@contextmanager
def slow_senders(connect: Connect, begins: list[bytes]) -> Iterator[Slow]:
    """Open a connection for each of these bytes, which are sent at once; the connections then send
    slowly until the end of the block.
    """
    over = threading.Event()
    with ExitStack() as stack:
        slow = Slow([(stack.enter_context(connect()), begun) for begun in begins])
        for connection, begun in slow.connections:
            connection.settimeout(0.01 if begun == READS else 5)
            connection.sendall(begun)
        thread = threading.Thread(target=slow.drip_until, args=(over,))
        thread.start()
        try:
            yield slow
        finally:
            over.set()
            thread.join()


def seconds_of_texts(send: Send, number: int) -> list[float]:
    """Return the response times of so many texts of one normal sender, with pauses in between;
    every count must be right.
    """
    sender, took = Twilio(send), []
    for count in range(number):
        time.sleep(PAUSE)
        started = time.monotonic()
        answer = sender.text("counter")
        took.append(time.monotonic() - started)
        assert (answer.status_code, count_in(answer.text)) == (200, count)
    return took
