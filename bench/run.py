"""The whole comparison, about six minutes: `make bench`, or its instructions alone: `--quick`.

The tables go into docs/performance.md. Ends with status 1 if a target is missed.
"""

import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench import instructions, load, report, waiting
from bench.conversing import Connection, Turn, recorded
from bench.peers import (
    EXPRESS,
    GRANIAN,
    LIMITED,
    PARLEY,
    ROOT,
    TUTORIAL,
    UNLIMITED,
    Peer,
    proportional_memory,
    serving,
    why_no_express,
)
from bench.report import Figures
from bench.tables import quoted

STARTED = time.monotonic()
SECONDS = int(os.environ.get("BENCH_SECONDS", "1"))
"""Of each run of wrk; there are about 170."""
QUOTED_IN = ROOT / "docs/performance.md"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        quick = "--quick" in sys.argv[1:]
        figures = quickly(Path(folder)) if quick else fully(Path(folder))
    blocks = report.blocks(figures)
    if not quick:
        QUOTED_IN.write_text(quoted(QUOTED_IN.read_text(), blocks))
    print("\n\n".join(blocks.values()))
    print(f"\nIn {time.monotonic() - STARTED:.0f} seconds.")
    if missed := report.missed(figures):
        sys.exit(f"Missed: {'; '.join(missed)}")


def quickly(folder: Path) -> Figures:
    peers = (TUTORIAL, PARLEY, LIMITED, UNLIMITED)
    turns = {peer.name: recorded(peer, folder, 50, 6) for peer in peers}
    return Figures(instructions=counted(turns, folder))


def fully(folder: Path) -> Figures:
    missing = {
        "express": why_no_express(),
        "load": "" if load.is_possible() else load.MISSING,
        "instructions": "" if instructions.is_possible() else instructions.MISSING,
    }
    if any(missing.values()):
        sys.exit(f"make bench: {'; '.join(filter(None, missing.values()))}")
    peers = (TUTORIAL, PARLEY, GRANIAN, EXPRESS)
    say("checking that the peers do the same work")
    turns = {peer.name: recorded(peer, folder) for peer in (*peers, LIMITED, UNLIMITED)}
    figures = Figures(lines=report.lines_of_the_server())
    say("memory")
    figures.memory = {
        peer.name: memory(peer, turns[peer.name], folder) for peer in (TUTORIAL, PARLEY)
    }
    say("slow connections")
    figures.slow = waiting.beside_slow_connections(turns[PARLEY.name], folder)
    say("idle")
    figures.idle = waiting.idle_seconds(folder)
    say("load")
    figures.loads = load.measured(peers, turns, folder, SECONDS)
    say("two workers")
    figures.workers = load.two_workers_to_one(turns[PARLEY.name], folder, SECONDS)
    figures.instructions = counted(turns, folder)
    return figures


def counted(turns: Mapping[str, Sequence[Turn]], folder: Path) -> dict[tuple[str, str], float]:
    if not instructions.is_possible():
        sys.exit(f"make bench: {instructions.MISSING}")
    found = {}
    for peer in (TUTORIAL, PARLEY, LIMITED, UNLIMITED):
        say(f"instructions: {peer.title}")
        first = turns[peer.name][: instructions.TEXTS]
        for where, count in (("alone", instructions.alone), ("server", instructions.under_server)):
            with tempfile.TemporaryDirectory(dir=folder) as own:
                found[peer.name, where] = count(peer, first, Path(own))
    return found


def memory(peer: Peer, turns: Sequence[Turn], folder: Path) -> float:
    """The memory of the only worker after 200 texts, in MiB."""
    with serving(peer, folder) as server:
        connection = Connection(server.port)
        for turn in turns[:200]:
            connection.ask(turn.request)
        connection.close()
        return sum(map(proportional_memory, server.workers())) / 2**20


def say(what: str) -> None:
    print(f"{time.monotonic() - STARTED:4.0f} s  {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
