"""Instructions per turn of Parley, the tutorial and bare Flask, under a minute: `make bench-quick`.

For before and after a change: the counts are the same to about one in a hundred, whatever else the
machine does. The full comparison is `make bench`.
"""

import importlib.util
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench import counting, targets
from bench.conversing import Turn, converse
from bench.peers import FLASK_FIXED, PARLEY, TUTORIAL, Peer
from bench.serving import free_port, serving
from bench.tables import ratio, table, thousands
from bench.texts import conversations

PAIRS, TURNS = 50, 6
"""The first turn of each pair carries no cookie, and is not counted."""


def main() -> None:
    if not counting.is_possible():
        sys.exit(f"make bench-quick: {counting.MISSING}")
    started = time.monotonic()
    peers = (FLASK_FIXED, TUTORIAL, PARLEY)
    held = {peer.name: recorded(peer) for peer in peers}
    if held[TUTORIAL.name][1] != held[PARLEY.name][1]:
        sys.exit("Parley and the tutorial do not answer the same bytes to the same texts.")
    counts = counted(peers, {name: turns for name, (turns, _) in held.items()})
    print(told(counts))
    print(f"\n{parser()}; {time.monotonic() - started:.0f} seconds")


def recorded(peer: Peer) -> tuple[list[Turn], list[bytes]]:
    """The turns of conversations with a peer that carry a cookie, and what it said in them all."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        with serving(peer.command(port), port, Path(folder)):
            held = converse(port, conversations(PAIRS, TURNS))
    return held[PAIRS:], [turn.document for turn in held]


def counted(peers: tuple[Peer, ...], turns: dict[str, list[Turn]]) -> dict[str, list[float]]:
    """For each peer its instructions per turn, alone and under gunicorn, counted two at once."""
    with ThreadPoolExecutor(2) as pool:
        waiting = {
            peer.name: [pool.submit(each, peer, turns[peer.name]) for each in (alone, served)]
            for peer in reversed(peers)
        }
        return {name: [each.result() for each in both] for name, both in waiting.items()}


def alone(peer: Peer, turns: list[Turn]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        return counting.in_application(peer, turns, Path(folder))


def served(peer: Peer, turns: list[Turn]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        return counting.under_gunicorn(peer, turns, Path(folder))


def told(counts: dict[str, list[float]]) -> str:
    """The table, and what it means for the targets."""
    tutorial, flask = counts[TUTORIAL.name], counts[FLASK_FIXED.name]
    rows = []
    for peer in (FLASK_FIXED, TUTORIAL, PARLEY):
        row = [peer.title]
        for number, its, bare in zip(counts[peer.name], tutorial, flask, strict=True):
            row += [thousands(number), ratio(number, its), ratio(number, bare)]
        rows.append(row)
    to = ("to tutorial", "to Flask")
    head = ("instructions a turn", "app alone", *to, "with gunicorn", *to)
    alone, served = (mine / its for mine, its in zip(counts[PARLEY.name], tutorial, strict=True))
    under = targets.FAST if has_fast_parser() else targets.PURE
    aims = [targets.ALONE.told(alone), under.told(served)]
    return f"{table(head, rows)}\n\n{table(('target', 'wanted', 'measured', ''), aims)}"


def has_fast_parser() -> bool:
    """Whether gunicorn finds its parser in C, for Parley and the others alike."""
    return importlib.util.find_spec("gunicorn_h1c") is not None


def parser() -> str:
    return f"gunicorn's {'fast' if has_fast_parser() else 'pure Python'} parser"


if __name__ == "__main__":
    main()
