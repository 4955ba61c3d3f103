"""Instructions per turn of Parley, the tutorial and bare Flask, under a minute: `make bench-quick`.

For before and after a change: the counts are the same to about one in a hundred, whatever else the
machine does. The full comparison is `make bench`.
"""

import sys
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from bench import checking, counting, parsers, report, targets
from bench.conversing import Turn
from bench.judging import of_instructions
from bench.peers import FLASK_FIXED, PARLEY, TUTORIAL, Peer
from bench.serving import free_port
from bench.tables import table
from bench.texts import conversations

PAIRS, TURNS = 50, 6
"""The first turn of each pair carries no cookie, and is not counted."""
PEERS = (FLASK_FIXED, TUTORIAL, PARLEY)


def main() -> None:
    if not counting.is_possible():
        sys.exit(f"make bench-quick: {counting.MISSING}")
    ways = ["alone", *parsers.countable()]
    started = time.monotonic()
    turns = {peer: recorded(peer) for peer in PEERS}
    with ThreadPoolExecutor(2) as pool:  # two at once; the longest first
        waiting: dict[str, dict[str, Future[float]]] = {
            peer.name: {way: pool.submit(counted, peer, turns[peer], way) for way in ways}
            for peer in reversed(PEERS)
        }
        found = {
            peer.name: {way: each.result() for way, each in waiting[peer.name].items()}
            for peer in PEERS
        }
    print(report.instructions(found))
    rows = [target.told(measured) for target, measured in of_instructions(found).items()]
    print(f"\n{table(targets.HEAD, rows)}\n\nIn {time.monotonic() - started:.0f} seconds.")


def recorded(peer: Peer) -> list[Turn]:
    """The turns of conversations with a peer that carry a cookie."""
    texts = list(conversations(PAIRS, TURNS))
    with tempfile.TemporaryDirectory() as folder:
        return checking.recorded(peer, Path(folder), free_port(), texts)


def counted(peer: Peer, turns: list[Turn], way: str) -> float:
    """Instructions per turn, of the application alone or under gunicorn with one of its parsers."""
    with tempfile.TemporaryDirectory() as folder:
        if way == "alone":
            return counting.in_application(peer.application, [turns], Path(folder))[0]
        return counting.under_gunicorn(peer, turns, Path(folder), parsers.OPTION, way)


if __name__ == "__main__":
    main()
