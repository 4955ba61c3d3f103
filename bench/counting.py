"""Instructions per request: what a peer's process executes in user space, counted by callgrind.

The process starts with the counting off, which is ten times as fast. It answers WARM_UP texts to
warm up, and more of them with the counting on; then the counter is set to zero, and what has been
counted after TEXTS more is divided by them. What the machine does meanwhile changes nothing.
"""

import pickle
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.conversing import Line, Turn
from bench.peers import ROOT, Peer
from bench.serving import free_port, serving, settings

WARM_UP = 20
MISSING = "valgrind is not installed (Debian: apt-get install valgrind)"


def is_possible() -> bool:
    return bool(shutil.which("valgrind") and shutil.which("vgdb"))


def valgrind(folder: Path) -> list[str]:
    """What stands before a command whose instructions are to be counted."""
    return [
        "valgrind",
        "--quiet",
        "--tool=callgrind",
        "--instr-atstart=no",
        "--trace-children=yes",  # without it a forked worker takes no orders
        f"--callgrind-out-file={folder}/counted.%p",
        f"--vgdb-prefix={folder}/orders",
    ]


def in_application(peer: Peer, turns: list[Turn], folder: Path) -> float:
    """Instructions per text of the application alone."""
    file = folder / "turns"
    file.write_bytes(pickle.dumps(turns))
    command = [*valgrind(folder), sys.executable, "-m", "bench.alone", peer.application, str(file)]
    with _driver(command) as process:
        return _counted(process.pid, folder, len(turns), lambda number: _answer(process, number))


def under_gunicorn(peer: Peer, turns: list[Turn], folder: Path, *options: str) -> float:
    """Instructions per text of one gunicorn worker, asked by one client over the loopback."""
    port = free_port()
    command = [*valgrind(folder), *peer.command(port, *options)]
    waiting = iter(turns)
    with serving(command, port, folder) as server:
        line = Line(port)

        def ask(number: int) -> None:
            for _ in range(number):
                turn = next(waiting)
                line.ask(turn.text.as_http(turn.cookie))

        ask(WARM_UP)
        (worker,) = server.workers()
        counted = _counted(worker, folder, len(turns) - WARM_UP, ask)
        line.close()
        return counted


def _counted(pid: int, folder: Path, turns: int, answer: Callable[[int], None]) -> float:
    _order(folder, pid, "instrumentation on")
    answer(WARM_UP)
    _order(folder, pid, "zero")
    answer(turns - WARM_UP)
    _order(folder, pid, "dump")
    (told,) = folder.glob(f"counted.{pid}.*")
    total = re.search(r"^totals: (\d+)", told.read_text(), re.MULTILINE)
    assert total is not None
    return int(total[1]) / (turns - WARM_UP)


def _order(folder: Path, pid: int, order: str) -> None:
    subprocess.run(
        [
            shutil.which("vgdb") or "vgdb",
            f"--vgdb-prefix={folder}/orders",
            f"--pid={pid}",
            *order.split(),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )


@contextmanager
def _driver(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=settings(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        _expect(process, b"ready\n")
        yield process
    finally:
        process.terminate()
        process.communicate()


def _answer(process: subprocess.Popen[bytes], number: int) -> None:
    assert process.stdin is not None
    process.stdin.write(b"%d\n" % number)
    process.stdin.flush()
    _expect(process, b"done\n")


def _expect(process: subprocess.Popen[bytes], word: bytes) -> None:
    assert process.stdout is not None
    if process.stdout.readline() != word:
        raise SystemExit("an application ended while its instructions were counted")
