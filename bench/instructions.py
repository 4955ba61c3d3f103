"""Instructions per turn of a peer in user space, counted by valgrind's callgrind.

The process starts with the counting off, which is ten times as fast. Other programs on the machine
do not affect the result.

`python -m bench.instructions wsgi:app FILE` is the application alone: it reads the recorded turns
from the file, and for each number on its standard input answers that many of them.
"""

import importlib
import pickle
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.conversing import Connection, Turn
from bench.peers import ROOT, Peer, environment, serving
from tests.webhook import environ_of, target_of

WARM_UP = 20
TEXTS = 240
"""Number of texts, of which twice WARM_UP are not counted."""
MISSING = "valgrind is not installed (Debian: apt-get install valgrind)"


def is_possible() -> bool:
    return bool(shutil.which("valgrind") and shutil.which("vgdb"))


@dataclass
class Counter:
    """A process under callgrind, and a function that makes it answer a number of texts."""

    pid: int
    folder: Path
    answer: Callable[[int], None]

    def per_text(self, texts: int) -> float:
        self.answer(WARM_UP)
        self._order("instrumentation", "on")
        self.answer(WARM_UP)
        self._order("zero")
        self.answer(texts)
        self._order("dump")
        counts = (self.folder / f"counted.{self.pid}.1").read_text()
        total = re.search(r"^totals: (\d+)", counts, re.MULTILINE)
        assert total is not None, "callgrind has written no total"
        return int(total[1]) / texts

    def _order(self, *order: str) -> None:
        vgdb = [shutil.which("vgdb") or "vgdb", f"--vgdb-prefix={self.folder}/orders"]
        command = [*vgdb, f"--pid={self.pid}", *order]
        subprocess.run(command, check=True, capture_output=True, timeout=60)


def valgrind(folder: Path) -> list[str]:
    """Return the prefix of a command whose instructions are counted."""
    return [
        *("valgrind", "--quiet", "--tool=callgrind", "--instr-atstart=no"),
        "--trace-children=yes",  # otherwise a forked worker takes no orders
        *(f"--callgrind-out-file={folder}/counted.%p", f"--vgdb-prefix={folder}/orders"),
    ]


def under_server(peer: Peer, turns: Sequence[Turn], folder: Path) -> float:
    """Return the instructions per text of one worker with one client."""
    patient = ("--timeout", "300")  # everything takes fifty times as long
    with serving(peer, folder, under=valgrind(folder), options=patient) as server:
        waiting = iter(turns)

        def answer(number: int) -> None:
            connection = Connection(server.port)  # an idle one might be closed between two calls
            for _ in range(number):
                connection.ask(next(waiting).request)
            connection.close()

        (worker,) = server.workers()
        return Counter(worker, folder, answer).per_text(len(turns) - 2 * WARM_UP)


def alone(peer: Peer, turns: Sequence[Turn], folder: Path) -> float:
    """Instructions per text of the WSGI application, without a server."""
    file = folder / "turns"
    file.write_bytes(pickle.dumps(list(turns)))
    module = [sys.executable, "-m", "bench.instructions", peer.application, str(file)]
    command = [*valgrind(folder), *module]
    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdin=pipe, stdout=pipe, stderr=null
    ) as process:
        assert process.stdin
        assert process.stdout

        def expect(word: bytes) -> None:
            assert process.stdout
            if process.stdout.readline() != word:
                raise SystemExit("An application ended while its instructions were counted.")

        def answer(number: int) -> None:
            assert process.stdin
            process.stdin.write(b"%d\n" % number)
            process.stdin.flush()
            expect(b"done\n")

        expect(b"ready\n")
        counted = Counter(process.pid, folder, answer).per_text(len(turns) - 2 * WARM_UP)
        process.terminate()
        return counted


def main() -> None:
    module, _, name = sys.argv[1].partition(":")
    app: Callable[..., Iterable[bytes]] = getattr(importlib.import_module(module), name)
    turns: list[Turn] = pickle.loads(Path(sys.argv[2]).read_bytes())  # noqa: S301  # our own file
    requests = (turn.request for turn in turns)
    environs = iter(
        [
            {
                **environ_of(each.method, target_of(each), each.headers.items(), each.body),
                "wsgi.url_scheme": "https",
            }
            for each in requests
        ]
    )
    print("ready", flush=True)
    for line in sys.stdin:
        for _ in range(int(line)):
            b"".join(app(next(environs), started))
        print("done", flush=True)


def started(status: str, *_: Any) -> Any:
    if status != "200 OK":
        raise SystemExit(f"{sys.argv[1]} answers {status}")


if __name__ == "__main__":
    main()
