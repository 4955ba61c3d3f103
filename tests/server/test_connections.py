"""What connections do that are not as they should be, while others are answered at once."""

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.server.behind import answer, raw
from tests.server.running import Server, running
from tests.twilio import PUBLIC_URL, SECRET, TOKEN, message, signature

pytestmark = pytest.mark.live

SETTINGS = {
    "PUBLIC_URL": PUBLIC_URL,
    "TWILIO_AUTH_TOKEN": TOKEN,
    "SESSION_SECRET": SECRET,
    "WEB_CONCURRENCY": "1",
    "WEB_THREADS": "2",
}
FLOW = "/sms/message-number"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server"), SETTINGS) as server:
        yield server


def text() -> bytes:
    """One signed text as it travels, and the connection closes behind it."""
    form = message()
    signed = signature(PUBLIC_URL + FLOW, form)
    headers = {"Content-Type": FORM, "X-Twilio-Signature": signed}
    return raw("POST", FLOW, urlencode(form).encode(), headers)


def kept() -> bytes:
    """The same, and the connection is kept."""
    return text().replace(b"Connection: close\r\n", b"")


def seconds_of_a_text(server: Server) -> float:
    started = time.monotonic()
    with opened(server) as connection:
        connection.sendall(text())
        assert answer(connection).status == 200
    return time.monotonic() - started


def opened(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=15)


def worker(server: Server) -> int:
    pid = server.process.pid
    (only,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(only)


def test_who_says_nothing_keeps_no_thread(server: Server) -> None:
    with ExitStack() as stack:
        for _ in range(40):
            stack.enter_context(opened(server))
        assert seconds_of_a_text(server) < 1


def test_as_many_as_there_is_room_for_say_nothing_and_others_are_heard(tmp_path: Path) -> None:
    with running(tmp_path, SETTINGS, "--worker-connections", "20") as server, ExitStack() as stack:
        silent = [stack.enter_context(opened(server)) for _ in range(40)]
        assert seconds_of_a_text(server) < 1
        assert silent[0].recv(1) == b"", "who has been silent for longest has to go"
        silent[-1].sendall(text())
        assert answer(silent[-1]).status == 200


def test_who_does_not_hang_up_keeps_nobody_waiting(server: Server) -> None:
    """A close may wait for the other side; gunicorn's worker served nobody for these seconds."""
    with ExitStack() as stack:
        for _ in range(10):
            connection = stack.enter_context(opened(server))
            connection.sendall(text() + b"and more")
            assert answer(connection).status == 200
        assert seconds_of_a_text(server) < 1
        assert connection.recv(1) == b"", "it is not kept for ever"


def test_a_kept_connection_is_used_again_and_closed_when_it_is_idle(server: Server) -> None:
    with opened(server) as connection:
        for _ in range(3):
            connection.sendall(kept())
            assert answer(connection).status == 200
        started = time.monotonic()
        assert connection.recv(1) == b""
        assert 1 < time.monotonic() - started < 5


def test_what_is_sent_on_a_kept_connection_waits_for_a_thread_however_long(server: Server) -> None:
    """While all threads are slow nobody looks out, and its two idle seconds were counted on."""
    with opened(server) as connection:
        connection.sendall(kept())
        assert answer(connection).status == 200
        with opened(server) as slow, opened(server) as slow_too:
            slow.sendall(b"P")
            slow_too.sendall(b"P")
            time.sleep(0.2)
            connection.sendall(kept())
            time.sleep(3.2)
        assert answer(connection).status == 200


def test_a_head_without_a_body_arrives_by_itself(server: Server) -> None:
    head = server.send(raw("HEAD", "/healthz"))
    assert head.startswith(b"HTTP/1.1 405 ")
    assert head.endswith(b"\r\n\r\n")


def test_without_a_free_descriptor_the_worker_lives_on(server: Server) -> None:
    pid = worker(server)
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    used = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 5, before[1]))
    try:
        with ExitStack() as stack:
            for _ in range(30):
                stack.enter_context(opened(server))
            time.sleep(0.5)
            assert server.log().count("No connection can be accepted") in (1, 2), "it spins"
        assert seconds_of_a_text(server) < 3
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
    assert worker(server) == pid
