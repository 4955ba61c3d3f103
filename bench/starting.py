"""How long a peer takes from its start to its first 200, and how much memory a worker has then."""

import compileall
import socket
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.conversing import Line, Turn
from bench.peers import ROOT, Peer
from bench.serving import Serving, free_port, serving

ROUNDS, TEXTS = 11, 200


def measured(
    peers: Sequence[Peer], turns: Mapping[str, Sequence[Turn]], folder: Path
) -> dict[str, dict[str, float]]:
    """For each peer the median seconds to its first 200, and the memory after TEXTS texts: of the
    worker, and of all its processes, in bytes. Each runs alone, so that none shares pages with
    another. The code of each has been compiled, as pip leaves an installed package: a fresh clone
    that may not write its bytecode would otherwise compile Parley anew at each start.
    """
    for package in ("app", "bench"):
        compileall.compile_dir(ROOT / package, quiet=1)
    runs: dict[str, list[tuple[float, int, int]]] = {peer.name: [] for peer in peers}
    for _ in range(ROUNDS):
        for peer in peers:
            runs[peer.name].append(once(peer, turns[peer.name], folder))
    names = ("first", "worker", "all")
    return {
        peer: dict(zip(names, map(statistics.median, zip(*each, strict=True)), strict=True))
        for peer, each in runs.items()
    }


def once(peer: Peer, turns: Sequence[Turn], folder: Path) -> tuple[float, int, int]:
    port = free_port()
    started = time.perf_counter()
    with serving(peer.command(port), port, folder, wait=False) as server:
        line = Line(port)
        wait_for_port(server)
        line.ask(turns[0].text.as_http(turns[0].cookie))
        first = time.perf_counter() - started
        for turn in turns[:TEXTS]:
            line.ask(turn.text.as_http(turn.cookie))
        line.close()
        workers = server.workers()
        memory = sum(map(proportional, workers))
        others = [server.process.pid] if server.process.pid not in workers else []
        return first, memory // len(workers), memory + sum(map(proportional, others))


def wait_for_port(server: Serving) -> None:
    """Until somebody listens; what is sent then is answered as soon as a worker is there."""
    while server.process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", server.port), timeout=10).close()
            return
        except OSError:
            time.sleep(0.002)
    raise SystemExit(f"A peer ended at its start:\n{server.log.read_text()}")


def proportional(pid: int) -> int:
    """The memory of a process in bytes, where what it shares with others counts in part (PSS)."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(rollup.partition("Pss:")[2].split()[0]) * 1_024
