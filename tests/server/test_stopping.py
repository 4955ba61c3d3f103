"""A stop is fast, and every request that was read is answered."""

import os
import signal
import socket
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.server.behind import answer
from tests.server.running import ROOT, Server, free_port, running, until, wait_until_healthy
from tests.server.test_starting import copy_of_the_project
from tests.server.workers import workers
from tests.webhook import SETTINGS, development, raw_text

pytestmark = pytest.mark.live

SOON = 8
"""Seconds: 1.3 on an idle machine; gunicorn's `graceful_timeout` is 15."""
SLOW = '''"""Wait for some seconds."""

import time

from parley.conversation import Reply


def slow(message, session):
    """Wait for some seconds."""
    time.sleep(float(message.body))
    return Reply("done")
'''


def with_slow_flow(folder: Path) -> tuple[Path, str]:
    """A project with a flow that waits, and its configuration."""
    project = copy_of_the_project(folder)
    (project / "app/flows/slow.py").write_text(SLOW)
    return project, str(project / "gunicorn.conf.py")


def everyone(server: Server) -> list[int]:
    return [server.process.pid, *workers(server)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
@pytest.mark.parametrize("to_all", [False, True], ids=["to the first process", "to all"])
def test_pending_requests_are_answered(tmp_path: Path, number: int, to_all: bool) -> None:
    project, conf = with_slow_flow(tmp_path)
    settings = {**SETTINGS, "WEB_CONCURRENCY": "2"}
    with running(project, settings, "-c", conf) as server, ExitStack() as stack:
        connections = [stack.enter_context(server.connect()) for _ in range(8)]
        for connection in connections:
            connection.sendall(raw_text("slow", "2"))
        half = stack.enter_context(server.connect())
        text = raw_text("counter")
        half.sendall(text[:-10])
        time.sleep(0.5)
        for pid in everyone(server) if to_all else [server.process.pid]:
            os.kill(pid, number)
        time.sleep(0.3)
        half.sendall(text[-10:])
        assert [answer(each).status for each in [*connections, half]] == [200] * 9
        assert server.process.wait(timeout=10) == 0
        with pytest.raises(ConnectionRefusedError):
            server.connect()


@pytest.mark.parametrize("to_all", [False, True], ids=["to the first process", "to all"])
def test_idle_connections_do_not_delay_a_stop(tmp_path: Path, to_all: bool) -> None:
    with running(tmp_path, {**SETTINGS, "WEB_CONCURRENCY": "2"}) as server, ExitStack() as stack:
        kept = [stack.enter_context(server.connect()) for _ in range(100)]
        for connection in kept:
            connection.sendall(raw_text(keep_alive=True))
            assert answer(connection).status == 200
        silent = [stack.enter_context(server.connect()) for _ in range(100)]
        time.sleep(1)
        began = time.monotonic()
        for pid in everyone(server) if to_all else [server.process.pid]:
            os.kill(pid, signal.SIGTERM)
        assert server.process.wait(timeout=20) == 0
        assert time.monotonic() - began < SOON
        assert {connection.recv(1) for connection in [*kept, *silent]} == {b""}


def test_connections_that_wait_to_be_accepted_are_answered(tmp_path: Path) -> None:
    """The only worker is paused while 20 connections and a SIGTERM arrive."""
    with running(tmp_path, SETTINGS) as server, ExitStack() as stack:
        (worker,) = workers(server)
        os.kill(worker, signal.SIGSTOP)
        waiting = [stack.enter_context(server.connect()) for _ in range(20)]
        for connection in waiting:
            connection.sendall(raw_text("counter"))
        server.process.send_signal(signal.SIGTERM)
        until(lambda: "Handling signal: term" in server.log())
        os.kill(worker, signal.SIGCONT)
        assert [answer(connection).status for connection in waiting] == [200] * 20
        server.process.wait(timeout=20)


def test_a_second_interrupt_ends_immediately(tmp_path: Path) -> None:
    project, conf = with_slow_flow(tmp_path)
    with running(project, SETTINGS, "-c", conf) as server, server.connect() as connection:
        connection.sendall(raw_text("slow", "10"))
        time.sleep(0.5)
        server.process.send_signal(signal.SIGINT)
        until(lambda: "Handling signal: term" in server.log())
        time.sleep(0.5)
        assert server.process.poll() is None, "it did not wait for the response"
        began = time.monotonic()
        server.process.send_signal(signal.SIGINT)
        server.process.wait(timeout=20)
        assert time.monotonic() - began < SOON
        assert "Traceback" not in server.log()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
@pytest.mark.parametrize("delay", [0.1, 0.4, 0.7, 1.0])
def test_a_server_can_be_stopped_during_startup(tmp_path: Path, number: int, delay: float) -> None:
    """gunicorn's worker loses a signal between the fork and the setup of its handlers."""

    def once_it_boots(server: Server) -> None:
        time.sleep(delay)
        for pid in everyone(server):
            os.kill(pid, number)
        server.process.wait(timeout=10)

    with running(tmp_path, {**SETTINGS, "WEB_CONCURRENCY": "3"}, until=once_it_boots) as server:
        assert not workers_of_the_past(server)


def workers_of_the_past(server: Server) -> list[int]:
    """Return the processes that still listen on the server's port."""
    with socket.socket() as probe:
        return [] if probe.connect_ex(("127.0.0.1", server.port)) else [server.port]


def test_a_worker_that_is_stopped_during_startup_is_replaced(tmp_path: Path) -> None:
    conf = tmp_path / "gunicorn.conf.py"
    own = (ROOT / "gunicorn.conf.py").read_text()
    own = own.replace("Path(__file__).parent", f"Path({str(ROOT)!r})")
    conf.write_text(
        f"{own}\n\nimport os, signal\n\n\n"
        "as_usual = post_fork\n\n\n"
        "def post_fork(server, worker):\n"
        "    as_usual(server, worker)\n"
        "    if worker.age == 1:\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
    )
    with running(tmp_path, SETTINGS, "-c", str(conf)) as server:
        until(lambda: server.log().count("Booting worker") == 2)
        assert server.ask("GET", "/healthz")[0] == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_server_can_be_stopped_during_a_reload(tmp_path: Path, number: int) -> None:
    project, conf = with_slow_flow(tmp_path)
    settings = {**SETTINGS, "WEB_CONCURRENCY": "2"}
    with running(project, settings, "-c", conf) as server, server.connect() as connection:
        connection.sendall(raw_text("slow", "3"))
        time.sleep(0.5)
        server.process.send_signal(signal.SIGHUP)
        until(lambda: server.log().count("Booting worker") >= 3)
        for pid in everyone(server):
            os.kill(pid, number)
        assert answer(connection).status == 200, "the old worker must respond"
        assert server.process.wait(timeout=15) == 0


def test_ctrl_c_ends_a_development_server(tmp_path: Path) -> None:
    """Ctrl-C goes to every process of the terminal; a browser keeps a connection open."""
    port = free_port()
    with running(tmp_path, development(port), port=port) as server, server.connect() as browser:
        wait_until_healthy(server)
        began = time.monotonic()
        for pid in everyone(server):
            os.kill(pid, signal.SIGINT)
        server.process.wait(timeout=20)
        assert time.monotonic() - began < SOON
        assert browser.recv(1) == b""
        assert "Traceback" not in server.log()
