"""A real gunicorn, started for a test on a free port of 127.0.0.1 and stopped by its id."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]
OURS = (
    "PARLEY_",
    "PUBLIC_URL",
    "TWILIO_",
    "SESSION_",
    "WEB_",
    "GUNICORN_",
    "LOG_",
    "EXPLAIN_",
    "FORWARD_",
    "APPOINTMENT_",
    "DIRECTORY_",
    "METRICS_",
    "PROMETHEUS_",
)


def clean_environ(**settings: str) -> dict[str, str]:
    """This process's environment with these settings of ours and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**kept, **settings}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def finished(
    folder: Path, module: str, *arguments: str, typed: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    """`python -m module arguments`, run to its end in a folder with these settings of ours only."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        input=typed,
        cwd=folder,
        env=clean_environ(**settings),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@dataclass
class Server:
    """A running server: its port, its process, and what it has printed so far."""

    port: int
    process: subprocess.Popen[bytes]
    output: Path

    def log(self) -> str:
        return self.output.read_text(errors="replace")

    def ask(
        self, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, str, list[str]]:
        """One request on a connection of its own: status, body, `Set-Cookie` headers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            connection.request(method, target, body or None, headers or {})
            response = connection.getresponse()
            text = response.read().decode()
            return response.status, text, response.headers.get_all("Set-Cookie", [])
        finally:
            connection.close()

    def send(self, raw: bytes) -> bytes:
        """Raw bytes on a connection of their own, and all that comes back until it closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=15) as connection:
            connection.sendall(raw)
            answer = b""
            while part := connection.recv(65_536):
                answer += part
            return answer


@contextmanager
def running(
    folder: Path,
    settings: dict[str, str],
    *arguments: str,
    port: int = 0,
    says_to: IO[bytes] | None = None,
    until: Callable[[Server], None] | None = None,
) -> Iterator[Server]:
    """gunicorn with the project's own configuration, started in `folder`.

    What it says goes into a file there, or to `says_to`. `until` returns when it answers.
    """
    port = port or free_port()
    output = folder / f"server-{port}.log"
    command = [sys.executable, "-m", "app", "-c", str(ROOT / "gunicorn.conf.py"), *arguments]
    if "PARLEY_MODE" not in settings:
        command += ["--bind", f"127.0.0.1:{port}"]
    with output.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=clean_environ(**settings),
            stdout=says_to or file,
            stderr=says_to or file,
        )
    server = Server(port, process, output)
    try:
        (until or wait_until_healthy)(server)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_healthy(server: Server) -> None:
    for _ in range(200):
        if server.process.poll() is not None:
            raise AssertionError(f"gunicorn ended at its start:\n{server.log()}")
        try:
            if server.ask("GET", "/healthz")[0] == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"gunicorn answers nothing:\n{server.log()}")
