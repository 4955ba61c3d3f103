"""Reloads, deaths and restarts while sixteen senders text: nobody's count is broken.

Where nothing else is said, no request fails, and none is sent again by its sender. A connection of
its own for each request: nobody has published whether Twilio keeps any.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.server.behind import answer, raw
from tests.server.caddy import CADDY, caddy, is_debians
from tests.server.nginx import NGINX, nginx
from tests.server.running import (
    ROOT,
    Server,
    clean_environ,
    free_port,
    running,
    wait_until_healthy,
)
from tests.server.senders import (
    FORM,
    TARGET,
    assert_unbroken,
    texting,
    through,
    to,
    until_all_heard,
)
from tests.server.workers import kill_one_worker, reload, workers
from tests.twilio import PUBLIC_URL, SECRET, TOKEN, message, signature

pytestmark = pytest.mark.live

SETTINGS = {
    "PUBLIC_URL": PUBLIC_URL,
    "TWILIO_AUTH_TOKEN": TOKEN,
    "SESSION_SECRET": SECRET,
    "WEB_CONCURRENCY": "2",
}

HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""
"""What systemd does before it starts a service: the socket as file 3, and whom it is for."""


class Restartable:
    """A server that can be stopped as a deploy stops it, and started again at the same port."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder, self._port = folder, port
        self.start()

    def start(self) -> None:
        self._running = running(self._folder, SETTINGS, port=self._port)
        self.server = self._running.__enter__()

    def stop(self) -> None:
        self._running.__exit__(None, None, None)

    def restart(self) -> None:
        self.stop()
        self.start()


@contextmanager
def restartable(folder: Path, port: int) -> Iterator[Restartable]:
    one = Restartable(folder, port)
    try:
        yield one
    finally:
        one.stop()


@contextmanager
def started_by_systemd(folder: Path, listener: socket.socket) -> Iterator[Server]:
    """A server with a socket that is not its own, handed over as systemd does: as file 3."""
    output = folder / "server.log"
    command = ["-m", "app", "-c", str(ROOT / "gunicorn.conf.py")]
    with output.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, "-c", HAND_OVER, str(listener.fileno()), *command],
            cwd=folder,
            env=clean_environ(**SETTINGS),
            pass_fds=[listener.fileno()],
            stdout=file,
            stderr=file,
        )
    server = Server(int(listener.getsockname()[1]), process, output)
    try:
        wait_until_healthy(server)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def until_logged(server: Server, words: str) -> None:
    for _ in range(600):
        if words in server.log():
            return
        time.sleep(0.05)
    raise AssertionError(f"not logged within thirty seconds: {words}")


def test_a_reload_loses_nothing(tmp_path: Path) -> None:
    with running(tmp_path, SETTINGS) as server, texting(to(server)) as senders:
        for _ in range(3):
            reload(server)
            until_all_heard(senders, 2)
    assert_unbroken(senders)


def test_workers_that_are_replaced_after_so_many_turns_lose_nothing(tmp_path: Path) -> None:
    often = ("--max-requests", "40", "--max-requests-jitter", "20")
    with running(tmp_path, SETTINGS, *often) as server, texting(to(server)) as senders:
        until_all_heard(senders, 20)
    assert_unbroken(senders)
    assert server.log().count("Autorestarting worker") >= 4


def test_a_killed_worker_costs_one_more_try_and_no_count(tmp_path: Path) -> None:
    """Its connections break, and Twilio is assumed to send these texts again, the same MessageSid
    with the same cookie: at most twice, as `#rc=2&rp=all` at the webhook's URL asks it to.
    """
    with running(tmp_path, SETTINGS) as server, texting(to(server), again=2) as senders:
        for _ in range(4):
            kill_one_worker(server)
            until_all_heard(senders, 2)
    assert_unbroken(senders)
    assert "was sent SIGKILL" in server.log()


def test_what_waits_when_a_server_is_stopped_is_answered(tmp_path: Path) -> None:
    """Its only worker stands still, so that connections wait to be accepted; then SIGTERM comes."""
    form = message()
    body = urlencode(form).encode()
    signed = signature(PUBLIC_URL + TARGET, form)
    headers = {"Content-Type": FORM, "X-Twilio-Signature": signed}
    with running(tmp_path, {**SETTINGS, "WEB_CONCURRENCY": "1"}) as server:
        (worker,) = workers(server)
        os.kill(worker, signal.SIGSTOP)
        with ExitStack() as stack:
            address = ("127.0.0.1", server.port)
            waiting = [stack.enter_context(socket.create_connection(address)) for _ in range(20)]
            for connection in waiting:
                connection.settimeout(15)
                connection.sendall(raw("POST", TARGET, body, headers))
            server.process.send_signal(signal.SIGTERM)
            until_logged(server, "Handling signal: term")
            os.kill(worker, signal.SIGCONT)
            for connection in waiting:
                assert answer(connection).status == 200
                connection.close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_two_servers_behind_nginx_restart_and_die_unnoticed(tmp_path: Path) -> None:
    """One after the other gets SIGTERM, ends, and comes back; then workers of both are killed."""
    ports = [free_port(), free_port()]
    with ExitStack() as stack:
        servers = [stack.enter_context(restartable(tmp_path, port)) for port in ports]
        proxy = stack.enter_context(nginx(tmp_path, ports))
        senders = stack.enter_context(texting(through(proxy)))
        for each in servers:
            each.restart()
            until_all_heard(senders, 2)
        for each in servers:
            kill_one_worker(each.server)
            until_all_heard(senders, 2)
    assert_unbroken(senders)
    assert all(each.server.log().count(" turn ") > 20 for each in servers), "both were asked"


def test_a_restart_with_a_socket_of_systemds_loses_nothing(tmp_path: Path) -> None:
    """The guide's parley.socket: what comes while nobody serves waits in the socket."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener, ExitStack() as stack:
        server = stack.enter_context(started_by_systemd(tmp_path, listener))
        with texting(to(server)) as senders:
            stack.close()
            stack.enter_context(started_by_systemd(tmp_path, listener))
            until_all_heard(senders, 2)
    assert_unbroken(senders)
    assert server.log().count("Shutting down: Master") == 2


@pytest.mark.skipif(CADDY is None, reason="Caddy is not installed")
def test_one_server_restarts_behind_caddy_which_waits_for_it(tmp_path: Path) -> None:
    """As an update with compose does it: Caddy holds what comes until the server is back.

    It never sends a POST again that it has sent. For one that comes within the microseconds between
    the last accept and the end of listening, its sender does. Caddy 2.6 cannot hold anything, and
    answers 502 meanwhile: its senders send again until the server is back.
    """

    def post(body: bytes, headers: dict[str, str]) -> tuple[int, str, str]:
        status, text, cookie = through(proxy)(body, headers)
        if status == 502:
            time.sleep(0.1)
            raise ConnectionError("Caddy says that it was hung up on")
        return status, text, cookie

    port = free_port()
    with (
        restartable(tmp_path, port) as one,
        caddy(tmp_path, [port]) as proxy,
        texting(post, again=300 if is_debians() else 1) as senders,
    ):
        one.restart()
        until_all_heard(senders, 2)
    assert_unbroken(senders)
