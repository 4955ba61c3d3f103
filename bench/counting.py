"""Instructions per text: what a peer's process executes in user space, counted by callgrind.

The process starts with the counting off, which is ten times as fast. It answers WARM_UP texts to
warm up, and as many with the counting on; then the counter is set to zero, and what has been
counted after the rest is divided by their number. What else the machine does changes nothing.
"""

import pickle
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import parsers
from bench.conversing import Line, Turn
from bench.peers import ROOT, Peer
from bench.serving import free_port, serving, settings

WARM_UP = 20
MISSING = "valgrind is not installed (Debian: apt-get install valgrind)"


def is_possible() -> bool:
    return bool(shutil.which("valgrind") and shutil.which("vgdb"))


@dataclass
class Counted:
    """A process under callgrind, and what makes it answer so many texts."""

    pid: int
    folder: Path
    answer: Callable[[int], None]
    told: int = 0

    def warm_up(self) -> None:
        self.answer(WARM_UP)
        self._order("instrumentation", "on")
        self.answer(WARM_UP)

    def per_text(self, texts: int) -> float:
        """Instructions per text, over so many of them."""
        self._order("zero")
        self.answer(texts)
        self._order("dump")
        self.told += 1
        counts = (self.folder / f"counted.{self.pid}.{self.told}").read_text()
        total = re.search(r"^totals: (\d+)", counts, re.MULTILINE)
        assert total is not None, "callgrind has told no total"
        return int(total[1]) / texts

    def _order(self, *order: str) -> None:
        vgdb = [shutil.which("vgdb") or "vgdb", f"--vgdb-prefix={self.folder}/orders"]
        command = [*vgdb, f"--pid={self.pid}", *order]
        subprocess.run(command, check=True, capture_output=True, timeout=60)


def in_application(
    application: str, batches: Sequence[Sequence[Turn]], folder: Path
) -> list[float]:
    """Instructions per text of an application alone, for each batch of texts; the first batch has
    2 * WARM_UP texts more than are counted.
    """
    file = folder / "turns"
    file.write_bytes(pickle.dumps([turn for batch in batches for turn in batch]))
    command = [*_valgrind(folder), sys.executable, "-m", "bench.alone", application, str(file)]
    with _driver(command) as process:
        counted = Counted(process.pid, folder, lambda number: _answer(process, number))
        counted.warm_up()
        sizes = [len(batch) for batch in batches]
        sizes[0] -= 2 * WARM_UP
        return [counted.per_text(size) for size in sizes]


def under_gunicorn(peer: Peer, turns: Sequence[Turn], folder: Path, *options: str) -> float:
    """Instructions per text of one gunicorn worker, asked by one client over the loopback.

    Its parser is the one in Python, unless the options say `fast`.
    """
    port = free_port()
    waiting = iter(turns)
    options = options if parsers.OPTION in options else (*options, parsers.OPTION, "python")
    path = parsers.build_for_valgrind() if "fast" in options else ""
    command = [*_valgrind(folder), *peer.command(port, *options)]
    with serving(command, port, folder, PYTHONPATH=path) as server:
        line = Line(port)

        def ask(number: int) -> None:
            for _ in range(number):
                turn = next(waiting)
                line.ask(turn.text.as_http(turn.cookie))

        line.ask(turns[0].text.as_http(turns[0].cookie))  # by then the worker is there
        (worker,) = server.workers()
        counted = Counted(worker, folder, ask)
        counted.warm_up()
        instructions = counted.per_text(len(turns) - 2 * WARM_UP)
        line.close()
        return instructions


def _valgrind(folder: Path) -> list[str]:
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
