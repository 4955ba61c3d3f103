"""A real gunicorn, started for a test on a free port of 127.0.0.1 and stopped by its id."""

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
    """This process's environment with these settings of ours and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**kept, **settings}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(happened: Callable[[], object], seconds: float = 20) -> None:
    """Wait until something has happened."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if happened():
            return
        time.sleep(0.05)
    raise AssertionError(f"it did not happen within {seconds} seconds")


def finished(
    folder: Path, module: str, *arguments: str, typed: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    """`python -m module arguments`, run to its end in a folder with these settings of ours only."""
    command = [sys.executable, "-m", module, *arguments]
    return completed(folder, command, typed=typed, **settings)


def printed(
    folder: Path, command: Sequence[str | Path], *, typed: str = "", **settings: str
) -> str:
    """What a command prints that must succeed."""
    ended = completed(folder, command, typed=typed, **settings)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def completed(
    folder: Path, command: Sequence[str | Path], *, typed: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    """A command, run to its end in a folder with these settings of ours only."""
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
            with suppress(BrokenPipeError, ConnectionResetError):  # refused before it was sent
                connection.request(method, target, body or None, headers or {})
            response = connection.getresponse()
            text = response.read().decode()
            return response.status, text, response.headers.get_all("Set-Cookie", [])
        finally:
            connection.close()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def send(self, raw: bytes) -> bytes:
        """Raw bytes on a connection of their own, and all that comes back until it closes."""
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
    """A process that runs until the end of the block, and is stopped by its id."""
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
    """gunicorn with the project's own configuration, started in `folder`.

    It has one worker if the settings name no number. What it says goes into a file there, or to
    `says_to`. `until` returns when it answers. It ends at once; with SIGTERM as `ends_by`, as a
    deploy stops it, which takes a second more.
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
    """Any command that serves at a port; what it says goes into a file of the folder."""
    output = folder / f"server-{port}.log"
    with output.open("ab") as file, process(command, folder, says_to or file, **more) as started:
        server = Server(port, started, output)
        (until or wait_until_healthy)(server)
        yield server


def wait_until_healthy(server: Server) -> None:
    limit = time.monotonic() + 40
    while time.monotonic() < limit:
        if server.process.poll() is not None:
            raise AssertionError(f"gunicorn ended at its start:\n{server.log()}")
        try:
            if server.ask("GET", "/healthz")[0] == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"gunicorn answers nothing:\n{server.log()}")
