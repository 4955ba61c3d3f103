"""The measured servers, and how each is started, on a free port of 127.0.0.1."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bench.texts import PATH
from tests.server.running import free_port, process
from tests.webhook import SETTINGS

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
EXPRESS_FOLDER = ROOT / "bench" / "express"
TIMEOUT = 180
"""Seconds in which a server must start, and stop; under valgrind it takes twenty, or as long as
other programs on the machine make it."""
INHERITED = ("HOME", "LANG", "PATH", "TMPDIR", "VIRTUAL_ENV")
"""Environment variables that a measured process keeps; it gets no settings but SETTINGS."""


@dataclass(frozen=True)
class Peer:
    """A server that answers texts: what starts it, with `{port}` and `{workers}`, its WSGI
    application, if it has one, and the path of its webhook.
    """

    name: str
    title: str
    command: tuple[str, ...]
    application: str = ""
    path: str = PATH

    def started_by(self, port: int, workers: int = 1) -> list[str]:
        return [each.format(port=port, workers=workers) for each in self.command]


GUNICORN = ("--workers", "{workers}", "--bind", "127.0.0.1:{port}")
TUTORIAL = Peer(
    "tutorial",
    "the Flask tutorial, gunicorn (gevent)",
    (
        *(sys.executable, "-m", "gunicorn", "--config", "bench/tutorial_gunicorn.py"),
        *(*GUNICORN, "bench.tutorial:app"),
    ),
    "bench.tutorial:app",
)
PARLEY = Peer(
    "parley",
    "Parley, gunicorn (gevent)",
    # Otherwise a worker is replaced after 100,000 texts, some of which a run sends.
    (sys.executable, "-m", "parley", *GUNICORN, "--max-requests", "0"),
    "wsgi:app",
)
LIMITED, UNLIMITED = (
    Peer(
        name,
        title,
        (
            *(sys.executable, "-m", "gunicorn", "--config", "python:parley.server.gunicorn_conf"),
            *(*GUNICORN, f"bench.routed:{name}"),
        ),
        f"bench.routed:{name}",
        "/sms",
    )
    for name, title in (
        ("limited", "Parley at `/sms`, all flows"),
        ("unlimited", "Parley at `/sms`, `RATE_LIMITS=off`"),
    )
)
GRANIAN = Peer(
    "granian",
    "Parley, granian",
    (
        *(str(BIN / "granian"), "--interface", "wsgi", "--workers", "{workers}"),
        # More threads wait for each other: they take turns with Python's interpreter.
        *("--blocking-threads", "1", "--host", "127.0.0.1", "--port", "{port}", "wsgi:app"),
    ),
)
EXPRESS = Peer(
    "express",
    "the Node guide, Express 5",
    (shutil.which("node") or "node", str(EXPRESS_FOLDER / "server.js"), "{port}"),
)


def why_no_express() -> str:
    """Return why Express cannot run here; empty if it can. Its packages are installed once."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "node or npm is not installed"
    if (EXPRESS_FOLDER / "node_modules" / "express").is_dir():
        return ""
    command = [shutil.which("npm") or "npm", "ci", "--no-audit", "--no-fund", "--silent"]
    tried = subprocess.run(command, cwd=EXPRESS_FOLDER, timeout=300, check=False)
    return "npm could not install its packages" if tried.returncode else ""


@dataclass
class Server:
    """A running server: its port, its first process, and where its log goes."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def workers(self) -> list[int]:
        """The processes that answer: the children of the first, or itself without children."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(child) for child in children] or [pid]


def environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return {**kept, **SETTINGS, "PYTHONHASHSEED": "0"}


@contextmanager
def serving(
    peer: Peer,
    folder: Path,
    *,
    workers: int = 1,
    under: Sequence[str] = (),
    options: Sequence[str] = (),
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Server]:
    """Run a server until the end of the block; `under` precedes its command, `options` follow.

    `settings` are added to those that every peer has.
    """
    port = free_port()
    log = folder / f"{port}.log"
    command = [*under, *peer.started_by(port, workers), *options]
    environ = {**environment(), **settings}
    with log.open("wb") as file, process(command, ROOT, file, TIMEOUT, env=environ) as first:
        server = Server(port, first, log)
        wait_until_it_answers(server)
        yield server


def wait_until_it_answers(server: Server) -> None:
    """Wait for any response, because gunicorn's first process listens before it has workers."""
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end:
        if server.process.poll() is not None:
            raise SystemExit(f"A server ended at its start:\n{server.log.read_text()}")
        try:
            with socket.create_connection(("127.0.0.1", server.port), timeout=TIMEOUT) as line:
                line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                if line.recv(1):
                    return
        except OSError:
            time.sleep(0.02)
    raise SystemExit(f"A server did not answer for {TIMEOUT} s:\n{server.log.read_text()}")


def processor_seconds(pids: Sequence[int]) -> float:
    """Return the CPU time of processes, including the kernel's part."""
    tasks = (task for pid in pids for task in Path(f"/proc/{pid}/task").iterdir())
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def proportional_memory(pid: int) -> int:
    """Return the memory of a process in bytes, with its part of shared memory (PSS)."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(rollup.partition("Pss:")[2].split()[0]) * 1_024
