"""A peer's server, started on a free port of 127.0.0.1 and stopped by its id."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.peers import ROOT
from bench.texts import SETTINGS

OURS = (
    *("PARLEY_", "PUBLIC_URL", "TWILIO_", "SESSION_", "WEB_", "GUNICORN_", "LOG_", "EXPLAIN_"),
    *("FORWARD_", "APPOINTMENT_", "DIRECTORY_", "METRICS_", "PROMETHEUS_", "OPT_OUT_", "MMS_"),
)
PATIENCE = 60
"""Seconds that a server may take to start or to stop; under valgrind it takes twenty."""


@dataclass
class Serving:
    """A running server: its port, its first process, and where its log goes."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def workers(self) -> list[int]:
        """The processes that answer: gunicorn's children, or the one process of a server without
        any.
        """
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(child) for child in children] or [pid]


def settings() -> dict[str, str]:
    """This process's environment, with the settings of a measurement and no others of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**kept, **SETTINGS, "PYTHONHASHSEED": "0"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(
    command: Sequence[str], port: int, folder: Path, *, wait: bool = True, **more: str
) -> Iterator[Serving]:
    """The server that a command starts, as soon as it answers."""
    log = folder / f"{port}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**settings(), **more}, stdout=file, stderr=file
        )
    server = Serving(port, process, log)
    try:
        if wait:
            wait_until_it_answers(server)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_it_answers(server: Serving) -> None:
    """Until the server has answered a request, with whatever status, and so has its workers:
    gunicorn's first process listens before there are any.
    """
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if server.process.poll() is not None:
            raise SystemExit(f"A peer ended at its start:\n{server.log.read_text()}")
        try:
            with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as line:
                line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                if line.recv(1):
                    return
        except OSError:
            time.sleep(0.02)
    raise SystemExit(f"A peer does not answer after {PATIENCE} seconds:\n{server.log.read_text()}")
