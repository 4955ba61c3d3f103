"""The whole comparison, about six minutes: `make bench`.

First what wants a quiet machine: memory, starts and load. Then what does not, two at a time: the
instructions, and a million conversations. What was measured goes to bench/results/, and from there
into docs/performance.md and the README.
"""

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import checking, counting, flat, loading, machine, report, results, starting, under_load
from bench.conversing import Turn
from bench.peers import EXPRESS, RAW_LIBRARIES, WSGI_PEERS, Peer, why_no_express
from bench.serving import free_port

STARTED = time.monotonic()


def main() -> None:
    found: dict[str, Any] = {"machine": machine.described(), "skipped": skipped()}
    peers = [peer for peer in (*WSGI_PEERS, EXPRESS) if peer.name not in found["skipped"]]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        say("checking that the peers answer the same bytes to the same texts")
        turns = {peer.name: checking.recorded(peer, folder, free_port()) for peer in peers}
        say("starts and memory")
        found["start"] = starting.measured(peers, turns, folder)
        if "load" not in found["skipped"]:
            served = [peer for peer in peers if peer != RAW_LIBRARIES]
            found["load"] = under_load.measured(served, turns, folder, say)
            say("one worker and two")
            found["workers"] = under_load.two_workers(folder)
        found |= counted(peers, turns, found["skipped"])
    results.write("bench", found)
    print(f"\n{report.whole(found)}\n\nIn {time.monotonic() - STARTED:.0f} seconds.")


def counted(
    peers: Sequence[Peer], turns: dict[str, list[Turn]], skipped: dict[str, str]
) -> dict[str, Any]:
    """What needs no quiet machine."""
    say("instructions, and beside them a million conversations")
    with flat.million() as million:
        found: dict[str, Any] = {}
        if "instructions" not in skipped:
            found = flat.counts([peer for peer in peers if peer.application], turns, say)
        say("waiting for the million conversations")
        return {**found, "million": million()}


def skipped() -> dict[str, str]:
    """What cannot be measured here, and why."""
    why = {
        "express": why_no_express(),
        "load": "" if loading.is_possible() else loading.MISSING,
        "instructions": "" if counting.is_possible() else counting.MISSING,
    }
    found = {what: reason for what, reason in why.items() if reason}
    for what, reason in found.items():
        say(f"without {what}: {reason}")
    return found


def say(what: str) -> None:
    """One line of progress, with the seconds since the beginning."""
    print(f"{time.monotonic() - STARTED:4.0f} s  {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
