"""Ways to configure gunicorn for Parley, compared: `make bench-gunicorn`, about five minutes."""

import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench import checking, counting, loading, machine, parsers, report, results
from bench.conversing import Turn
from bench.peers import PARLEY
from bench.serving import free_port, serving
from bench.starting import proportional

ROUNDS, SECONDS, TEXTS = 3, 2, 240
PYTHON, FAST = (parsers.OPTION, "python"), (parsers.OPTION, "fast")
OURS = ("--worker-class", "app.web.gunicorn.Worker")
WAYS = {
    "as it is configured": (),
    "sync": ("--worker-class", "sync", "--threads", "1", *PYTHON),
    "gthread, 8 threads": ("--worker-class", "gthread", "--threads", "8", *PYTHON),
    "ours, 1 thread": (*OURS, "--threads", "1", *PYTHON),
    "ours, 4 threads": (*OURS, "--threads", "4", *PYTHON),
    "ours, 8 threads": (*OURS, "--threads", "8", *PYTHON),
    "ours, 8 threads, preload": (*OURS, "--threads", "8", "--preload", *PYTHON),
    "sync, fast parser": ("--worker-class", "sync", "--threads", "1", *FAST),
    "ours, 1 thread, fast parser": (*OURS, "--threads", "1", *FAST),
    "ours, 8 threads, fast parser": (*OURS, "--threads", "8", *FAST),
}
LOADS = {"1": (1, True), "16": (16, True), "64": (64, True), "16 closed": (16, False)}


def main() -> None:
    if not loading.is_possible():
        sys.exit(f"make bench-gunicorn: {loading.MISSING}")
    ways = {
        name: way for name, way in WAYS.items() if "fast" in parsers.parsers() or "fast" not in way
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        turns = checking.recorded(PARLEY, folder, free_port())
        for keep in (True, False):
            loading.write(turns, folder / str(keep), keep_alive=keep)
        found = {"machine": machine.described(), "ways": measured(ways, turns, folder)}
    results.write("gunicorn", found)
    print(f"\n{report.blocks()['gunicorn']}")


def measured(
    ways: dict[str, tuple[str, ...]], turns: Sequence[Turn], folder: Path
) -> list[dict[str, Any]]:
    """Of each way the load it bears, in turns; the memory of one of two workers; instructions."""
    runs: dict[str, dict[str, list[loading.Load]]] = {
        way: {load: [] for load in LOADS} for way in ways
    }
    with ExitStack() as stack:
        servers = {}
        for way, options in ways.items():
            port = free_port()
            command = PARLEY.command(port, *options)
            servers[way] = stack.enter_context(serving(command, port, folder))
        for number in range(ROUNDS):
            print(f"load, round {number + 1} of {ROUNDS}", file=sys.stderr, flush=True)
            for load, (connections, keep) in LOADS.items():
                for way, server in servers.items():
                    run = loading.loaded(server, folder / str(keep), connections, SECONDS)
                    runs[way][load].append(run)
    return [
        {
            "title": way,
            "load": {load: loading.median(each)._asdict() for load, each in runs[way].items()},
            "worker": memory(options, folder),
            "instructions": instructions(options, turns),
        }
        for way, options in ways.items()
    ]


def memory(options: Sequence[str], folder: Path) -> float:
    """The memory of one of two workers, in bytes, after some texts."""
    port = free_port()
    with serving(PARLEY.command(port, *options, workers=2), port, folder) as server:
        loading.loaded(server, folder / "True", 16, 1)
        workers = server.workers()
        return sum(map(proportional, workers)) / len(workers)


def instructions(options: Sequence[str], turns: Sequence[Turn]) -> float | None:
    """Instructions per turn; None where they cannot be counted."""
    if not counting.is_possible() or ("fast" in options and "fast" not in parsers.countable()):
        return None
    print(f"instructions: {' '.join(options) or 'as it is'}", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        return counting.under_gunicorn(PARLEY, turns[:TEXTS], Path(folder), *options)


if __name__ == "__main__":
    main()
