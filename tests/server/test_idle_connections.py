"""Misbehaving connections, while the texts of others are answered immediately."""

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.odd_texts import ODD
from tests.server.behind import answer, raw
from tests.server.running import Server, running, until
from tests.server.workers import workers
from tests.webhook import SETTINGS, Twilio, over_http, raw_text

pytestmark = pytest.mark.live

FLOW = "/sms/message-number"
SOON = 3
"""Seconds: a text takes a few milliseconds on an idle machine."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server"), SETTINGS) as server:
        yield server


def kept() -> bytes:
    """Return the bytes of one signed text whose connection is kept alive."""
    return raw_text("message-number", keep_alive=True)


def seconds_of_a_text(server: Server) -> float:
    started = time.monotonic()
    with server.connect() as connection:
        connection.sendall(raw_text("message-number"))
        assert answer(connection).status == 200
    return time.monotonic() - started


def test_a_connection_is_kept_alive_for_some_idle_seconds(server: Server) -> None:
    """A load balancer uses it again (T5); its usual keep-alive time is below our 75 seconds."""
    with server.connect() as connection:
        for _ in range(3):
            connection.sendall(kept())
            assert answer(connection).status == 200
        time.sleep(4)
        connection.sendall(kept())
        assert answer(connection).status == 200


def test_an_idle_connection_is_closed_after_the_keepalive_time(tmp_path: Path) -> None:
    with running(tmp_path, SETTINGS, "--keep-alive", "1") as server, server.connect() as connection:
        connection.sendall(kept())
        assert answer(connection).status == 200
        assert connection.recv(1) == b""
        connection.close()
        with server.connect() as drips:
            drips.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
            started = time.monotonic()
            assert drips.recv(100) == b"", "headers must have the same deadline"
            assert time.monotonic() - started < 10


def test_a_body_has_15_seconds_from_the_headers(server: Server) -> None:
    """The deadline applies even while bytes arrive, as here one at a time."""
    with server.connect() as connection:
        connection.sendall(raw_text("message-number")[:-60])
        connection.settimeout(0.5)
        started = time.monotonic()
        received = b""
        while not received and time.monotonic() - started < 30:
            try:
                connection.sendall(b"x")
                received = connection.recv(1_000)
            except TimeoutError:
                continue
    assert 14 < time.monotonic() - started < 25
    assert received.startswith(b"HTTP/1.1 403 ")
    assert "unreadable body" in server.log()


def test_the_connection_of_an_unread_response_is_closed(tmp_path: Path) -> None:
    """The metrics of 500 requests fill the buffers of a connection that does not read."""
    token = "m" * 32
    wanted = f"GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
    with (
        running(tmp_path, {**SETTINGS, "METRICS_TOKEN": token}) as server,
        socket.socket() as silent,
    ):
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        silent.connect(("127.0.0.1", server.port))
        silent.sendall(wanted.encode() * 500)
        until(lambda: "neither sent nor read a byte for 15 seconds" in server.log(), 40)
        assert seconds_of_a_text(server) < SOON


def test_a_rejected_body_gets_one_response(server: Server) -> None:
    """T28: a health check with a body, and another request after it."""
    head = raw("GET", "/healthz", headers={"Transfer-Encoding": "chunked"})
    head = head.replace(b"Connection: close\r\n", b"")
    for chunks in (3, 1_000, 10_050):
        with server.connect() as connection:
            connection.sendall(head + b"1\r\nx\r\n" * chunks + b"0\r\n\r\n")
            received = b""
            while part := connection.recv(65_536):
                received += part
        assert received.count(b"HTTP/1.1 ") == 1, received
        assert received.startswith(b"HTTP/1.1 200 ")
    assert "Traceback" not in server.log()


@pytest.mark.threat("S25")
def test_half_a_million_one_byte_chunks_cost_little_cpu_time(server: Server) -> None:
    """Reading all of them took two seconds of CPU time."""
    head = raw("POST", FLOW, headers={"Transfer-Encoding": "chunked"})
    body = b"1\r\nx\r\n" * 500_000 + b"0\r\n\r\n"
    (worker,) = workers(server)
    before = cpu_seconds(worker)
    assert server.send(head + body).startswith(b"HTTP/1.1 403 ")
    assert cpu_seconds(worker) - before < 0.5


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds of a process, in hundredths."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


@pytest.mark.threat("S25")
def test_the_worker_survives_without_a_free_descriptor(server: Server) -> None:
    (worker,) = workers(server)
    before = resource.prlimit(worker, resource.RLIMIT_NOFILE)
    used = len(list(Path(f"/proc/{worker}/fd").iterdir()))
    resource.prlimit(worker, resource.RLIMIT_NOFILE, (used + 5, before[1]))
    try:
        with ExitStack() as stack:
            for _ in range(30):
                stack.enter_context(server.connect())
            until(lambda: 'reason="Too many open files"' in server.log())
            time.sleep(1)
            assert server.log().count("Too many open files") == 1, "not logged once in ten seconds"
            assert "Traceback" not in server.log()
        assert seconds_of_a_text(server) < 2 * SOON
    finally:
        resource.prlimit(worker, resource.RLIMIT_NOFILE, before)
    assert workers(server) == {worker}


def test_the_modules_for_a_turn_are_loaded_before_the_worker_serves(tmp_path: Path) -> None:
    """T30: with a single free descriptor, for the connection, the first texts are answered."""
    with running(tmp_path, SETTINGS) as server:
        (worker,) = workers(server)
        used = {int(each.name) for each in Path(f"/proc/{worker}/fd").iterdir()}
        free = next(number for number in range(1_000) if number not in used)
        before = resource.prlimit(worker, resource.RLIMIT_NOFILE)
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (free + 1, before[1]))
        for flow in ("counter", "sign-up", "dynamic-reply", "five-letters", "appointment"):
            for odd in ODD.values():
                answer = Twilio(over_http(server.port)).text(flow, odd)
                assert answer.status_code == 200, (flow, odd)
        assert server.ask("POST", "/sms/counter", b"")[0] == 403


def test_a_connection_over_the_limit_waits_and_is_answered(tmp_path: Path) -> None:
    with running(tmp_path, SETTINGS, "--worker-connections", "20") as server, ExitStack() as stack:
        silent = [stack.enter_context(server.connect()) for _ in range(20)]
        time.sleep(0.5)
        with server.connect() as waits:
            waits.sendall(raw_text("message-number"))
            waits.settimeout(1)
            with pytest.raises(TimeoutError):
                waits.recv(1)
            waits.settimeout(15)
            silent.pop().close()
            assert answer(waits).status == 200
