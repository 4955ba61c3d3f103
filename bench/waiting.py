"""What Parley does while it waits: for slow connections, and for nothing."""

import itertools
import resource
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import quantiles

from bench.conversing import Turn
from bench.peers import PARLEY, processor_seconds, serving
from tests.webhook import as_http

CONNECTIONS = 1_000
"""Of each kind."""
FILES = 8_192
HEAD = b"POST /sms/counter HTTP/1.1\r\nHost: sms.example.com\r\nX-Slow: "
BODY = HEAD + b"x\r\nContent-Length: 100000\r\n\r\nFrom="


def beside_slow_connections(
    turns: Sequence[Turn], folder: Path, seconds: float = 10
) -> tuple[float, float]:
    """The 99th percentile of honest texts in milliseconds, and the share of a processor that the
    worker takes without them, while 1,000 connections send a byte a second, half of them in the
    headers and half in the body, and 1,000 send nothing.

    The body must arrive within 15 seconds: connections that are closed are replaced.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, hard), hard))
    with serving(PARLEY, folder) as server, ExitStack() as stack:
        address = ("127.0.0.1", server.port)
        for _ in range(CONNECTIONS):
            stack.enter_context(socket.create_connection(address, timeout=15))
        over = threading.Event()
        drip = threading.Thread(target=drip_until, args=(over, address))
        drip.start()
        stack.callback(drip.join)
        stack.callback(over.set)
        time.sleep(3)  # all of them are connected, and have sent their beginnings
        spent = processor_seconds(server.workers())
        time.sleep(seconds)
        share = (processor_seconds(server.workers()) - spent) / seconds
        took = []
        for turn in turns[: int(seconds * 20)]:
            started = time.perf_counter()
            with socket.create_connection(address, timeout=15) as connection:
                connection.sendall(as_http(turn.request, keep_alive=False))
                if not connection.recv(65_536).startswith(b"HTTP/1.1 200 "):
                    raise SystemExit("An honest text beside slow connections is not answered.")
            took.append(time.perf_counter() - started)
            time.sleep(0.05)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return 1_000 * quantiles(took, n=100)[98], share


def drip_until(over: threading.Event, address: tuple[str, int]) -> None:
    """Send one byte a second on each connection, evenly over the second."""
    connections: list[socket.socket] = []
    for number in itertools.count():
        if over.is_set():
            break
        if number < CONNECTIONS:
            connections.append(dripping(address, number))
            continue
        place = number % CONNECTIONS
        try:
            connections[place].sendall(b"x")
        except OSError:
            connections[place].close()
            connections[place] = dripping(address, place)
        time.sleep(0.8 / CONNECTIONS)
    for connection in connections:
        connection.close()


def dripping(address: tuple[str, int], number: int) -> socket.socket:
    connection = socket.create_connection(address, timeout=15)
    connection.sendall(BODY if number % 2 else HEAD)
    return connection


def idle_seconds(folder: Path, seconds: float = 30) -> float:
    """The processor time of all processes of an idle server."""
    with serving(PARLEY, folder) as server:
        pids = [server.process.pid, *server.workers()]
        time.sleep(2)
        spent = processor_seconds(pids)
        time.sleep(seconds)
        return processor_seconds(pids) - spent
