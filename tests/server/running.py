"""A real gunicorn on a free port of 127.0.0.1, stopped by its process ID."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[2]
PARLEY = str(Path(sys.executable).with_name("parley"))
"""The console script."""
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
    "DATABASE_",
    "KEEP_DAYS",
    "LIVE_",
    "OPERATOR",
    "DIRECTORY_",
    "METRICS_",
    "PORT",
    "PROMETHEUS_",
    "OTEL_",
)


def clean_environ(**settings: str) -> dict[str, str]:
    """Return this process's environment with only these settings of Parley."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**kept, **settings}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(happened: Callable[[], object], seconds: float = 20) -> None:
    """Wait until a condition is true."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if happened():
            return
        time.sleep(0.05)
    raise AssertionError(f"it did not happen within {seconds} seconds")


def finished(
    folder: Path, module: str, *arguments: str, typed: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run `python -m module arguments` in a folder with only these settings, and return its end."""
    command = [sys.executable, "-m", module, *arguments]
    return completed(folder, command, typed=typed, **settings)


def printed(
    folder: Path, command: Sequence[str | Path], *, typed: str = "", **settings: str
) -> str:
    """Return the output of a command that must succeed."""
    ended = completed(folder, command, typed=typed, **settings)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def completed(
    folder: Path, command: Sequence[str | Path], *, typed: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder with only these settings of Parley, until it ends."""
    return subprocess.run(
        command,
        input=typed,
        cwd=folder,
        env=clean_environ(**settings),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@dataclass
class Server:
    """A running server: its port, its process, and its output so far."""

    port: int
    process: subprocess.Popen[bytes]
    output: Path

    def log(self) -> str:
        return self.output.read_text(errors="replace")

    def ask(
        self, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, str, list[str]]:
        """Send a request on a new connection: return status, body and `Set-Cookie` headers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            with suppress(BrokenPipeError, ConnectionResetError):  # rejected before it was sent
                connection.request(method, target, body or None, headers or {})
            response = connection.getresponse()
            text = response.read().decode()
            return response.status, text, response.headers.get_all("Set-Cookie", [])
        finally:
            connection.close()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def send(self, raw: bytes) -> bytes:
        """Send raw bytes on a new connection, and return everything until it closes."""
        with self.connect() as connection:
            connection.sendall(raw)
            answer = b""
            while part := connection.recv(65_536):
                answer += part
            return answer


@contextmanager
def process(
    command: Sequence[str | Path],
    folder: Path,
    output: IO[bytes],
    seconds: float = 30,
    ends_by: int = signal.SIGTERM,
    **more: Any,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process until the end of the block, and stop it by its process ID."""
    running = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output, **more)
    try:
        yield running
    finally:
        running.send_signal(ends_by)
        try:
            running.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


@contextmanager
def running(
    folder: Path,
    settings: dict[str, str],
    *arguments: str,
    port: int = 0,
    says_to: IO[bytes] | None = None,
    until: Callable[[Server], None] | None = None,
    ends_by: int = signal.SIGQUIT,
) -> Iterator[Server]:
    """Run gunicorn with the project's own configuration, in `folder`.

    It has one worker, unless the settings say otherwise. Its output goes to a file in the folder,
    or to `says_to`. The function returns when `until` does. At the end it is killed; with SIGTERM
    as `ends_by`, it stops gracefully, as in a deploy, which takes a second longer.
    """
    port = port or free_port()
    command = [sys.executable, "-m", "parley", "-c", str(ROOT / "gunicorn.conf.py"), *arguments]
    if "PARLEY_MODE" not in settings:
        command += ["--bind", f"127.0.0.1:{port}"]
    environ = clean_environ(**{"WEB_CONCURRENCY": "1", **settings})
    with served(command, folder, port, says_to, until, ends_by=ends_by, env=environ) as server:
        yield server


@contextmanager
def served(
    command: Sequence[str | Path],
    folder: Path,
    port: int,
    says_to: IO[bytes] | None = None,
    until: Callable[[Server], None] | None = None,
    **more: Any,
) -> Iterator[Server]:
    """Run any command that serves a port; its output goes to a file in the folder."""
    output = folder / f"server-{port}.log"
    with output.open("ab") as file, process(command, folder, says_to or file, **more) as started:
        server = Server(port, started, output)
        (until or wait_until_healthy)(server)
        yield server


def wait_until_healthy(server: Server) -> None:
    limit = time.monotonic() + 40
    while time.monotonic() < limit:
        if server.process.poll() is not None:
            raise AssertionError(f"gunicorn ended during startup:\n{server.log()}")
        try:
            if server.ask("GET", "/healthz")[0] == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"gunicorn does not respond:\n{server.log()}")
