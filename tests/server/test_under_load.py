"""Reloads, crashes and restarts while sixteen senders text: every count must be right.

Unless stated otherwise, no request fails, and no sender repeats one. Each request has its own
connection, because it is not documented whether Twilio reuses connections.
"""

import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from parley.http_client import Request
from tests import webhook
from tests.server.caddy import CADDY, caddy, is_debians
from tests.server.nginx import NGINX, nginx
from tests.server.running import (
    ROOT,
    Server,
    clean_environ,
    free_port,
    running,
    served,
)
from tests.server.senders import (
    assert_unbroken,
    texting,
    through,
    to,
    until_all_answered,
)
from tests.server.workers import kill_one_worker, reload

pytestmark = pytest.mark.live

SETTINGS = {**webhook.SETTINGS, "WEB_CONCURRENCY": "2"}

HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""
"""systemd's part before it starts a service: the socket as file 3, and the intended process."""


class Restartable:
    """A server that can be stopped as in a deploy, and restarted on the same port."""

    def __init__(self, stack: ExitStack, folder: Path, port: int) -> None:
        self._starts = partial(running, folder, SETTINGS, port=port, ends_by=signal.SIGTERM)
        self._stack = stack.enter_context(ExitStack())
        self.server = self._stack.enter_context(self._starts())

    def restart(self) -> None:
        self._stack.close()
        self.server = self._stack.enter_context(self._starts())


@contextmanager
def started_by_systemd(folder: Path, listener: socket.socket) -> Iterator[Server]:
    """A server that inherits its socket as file 3, as from systemd."""
    command = [sys.executable, "-c", HAND_OVER, str(listener.fileno()), "-m", "parley", "-c"]
    port, environ = int(listener.getsockname()[1]), clean_environ(**SETTINGS)
    with served(
        [*command, str(ROOT / "gunicorn.conf.py")],
        folder,
        port,
        env=environ,
        pass_fds=[listener.fileno()],
    ) as server:
        yield server


def test_a_reload_loses_no_text(tmp_path: Path) -> None:
    with running(tmp_path, SETTINGS) as server, texting(to(server)) as senders:
        for _ in range(3):
            reload(server)
            until_all_answered(senders, 2)
    assert_unbroken(senders)


def test_the_regular_replacement_of_workers_loses_no_text(tmp_path: Path) -> None:
    often = ("--max-requests", "40", "--max-requests-jitter", "20")
    with running(tmp_path, SETTINGS, *often) as server, texting(to(server)) as senders:
        until_all_answered(senders, 30)
    assert_unbroken(senders)
    assert server.log().count("Autorestarting worker") >= 4


def test_a_killed_worker_costs_a_retry_but_no_count(tmp_path: Path) -> None:
    """Its connections break, and Twilio is assumed to send these texts again, the same MessageSid
    with the same cookie: at most twice, as with `#rc=2&rp=all` in the webhook's URL.
    """
    with running(tmp_path, SETTINGS) as server, texting(to(server), tries=3) as senders:
        for _ in range(4):
            kill_one_worker(server)
            until_all_answered(senders, 2)
    assert_unbroken(senders)
    assert "was sent SIGKILL" in server.log()


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_restarts_and_crashes_behind_nginx_are_not_noticed(tmp_path: Path) -> None:
    """Each server in turn is restarted with SIGTERM; then workers of both are killed."""
    ports = [free_port(), free_port()]
    with ExitStack() as stack:
        servers = [Restartable(stack, tmp_path, port) for port in ports]
        proxy = stack.enter_context(nginx(tmp_path, ports))
        senders = stack.enter_context(texting(through(proxy)))
        for each in servers:
            each.restart()
            until_all_answered(senders, 2)
        for each in servers:
            kill_one_worker(each.server)
            until_all_answered(senders, 2)
    assert_unbroken(senders)
    assert all(each.server.log().count(" turn ") > 20 for each in servers), (
        "one server got too few texts"
    )


def test_a_restart_with_a_systemd_socket_loses_no_text(tmp_path: Path) -> None:
    """The guide's parley.socket: while no server runs, connections wait in the socket."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener, ExitStack() as stack:
        server = stack.enter_context(started_by_systemd(tmp_path, listener))
        with texting(to(server)) as senders:
            stack.close()
            stack.enter_context(started_by_systemd(tmp_path, listener))
            until_all_answered(senders, 2)
    assert_unbroken(senders)
    assert server.log().count("Shutting down: Master") == 2


@pytest.mark.skipif(CADDY is None, reason="Caddy is not installed")
def test_caddy_waits_for_a_server_that_restarts(tmp_path: Path) -> None:
    """As in an update with compose: Caddy holds requests until the server is back.

    It never repeats a POST. If one arrives within microseconds between the last accept and the end
    of listening, its sender repeats it. Caddy 2.6 cannot hold requests, and responds with 502
    meanwhile: its senders repeat them until the server is back.
    """

    def send(request: Request) -> TestResponse:
        response = through(proxy)(request)
        if response.status_code == 502:
            time.sleep(0.1)
            raise ConnectionError("Caddy says that it was hung up on")
        return response

    port = free_port()
    with ExitStack() as stack:
        one = Restartable(stack, tmp_path, port)
        proxy = stack.enter_context(caddy(tmp_path, [port]))
        senders = stack.enter_context(texting(send, tries=301 if is_debians() else 2))
        one.restart()
        until_all_answered(senders, 2)
    assert_unbroken(senders)
