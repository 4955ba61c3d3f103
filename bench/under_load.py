"""All peers under the same load, in turns, so that what else the machine does hits them alike."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench import loading
from bench.conversing import Turn
from bench.peers import EXPRESS, PARLEY, Peer
from bench.serving import free_port, serving

ROUNDS, WORKERS_ROUNDS = 3, 21
SECONDS = int(os.environ.get("BENCH_SECONDS", "1"))
"""How long one run takes; there are 36 in each round."""
WAYS = [(connections, keep) for keep in (True, False) for connections in loading.CONNECTIONS]


def measured(
    peers: Sequence[Peer],
    turns: Mapping[str, Sequence[Turn]],
    folder: Path,
    say: Callable[[str], None],
) -> list[dict[str, Any]]:
    """For each number of connections, with keep-alive and without it, each peer's median run."""
    runs: dict[tuple[str, int, bool], list[loading.Load]] = {}
    with ExitStack() as stack:
        servers = {}
        for peer in peers:
            port = free_port()
            servers[peer.name] = stack.enter_context(serving(peer.command(port), port, folder))
            for keep in (True, False):
                loading.write(turns[peer.name], _file(folder, peer, keep=keep), keep_alive=keep)
        if EXPRESS.name in servers:  # its compiler learns while it runs
            loading.loaded(servers[EXPRESS.name], _file(folder, EXPRESS, keep=True), 16, 3)
        for number in range(ROUNDS):
            say(f"load, round {number + 1} of {ROUNDS}")
            for connections, keep in WAYS:
                for peer in peers:
                    file = _file(folder, peer, keep=keep)
                    run = loading.loaded(servers[peer.name], file, connections, SECONDS)
                    runs.setdefault((peer.name, connections, keep), []).append(run)
    return [
        {"peer": peer, "connections": connections, "keep_alive": keep, **_median(each)}
        for (peer, connections, keep), each in runs.items()
    ]


def two_workers(folder: Path) -> dict[str, float]:
    """Parley's turns per second with one worker on one core, and with two on two, at 64
    connections: in turns, after the rest. wrk has the same cores, and a thread for each: otherwise
    it has a core of its own beside one worker, and takes its part from two.
    """
    runs: dict[int, list[loading.Load]] = {1: [], 2: []}
    file = _file(folder, PARLEY, keep=True)
    with ExitStack() as stack:
        servers = {}
        for workers in runs:
            port = free_port()
            command = PARLEY.command(port, workers=workers)
            servers[workers] = stack.enter_context(serving(command, port, folder))
        for workers, server in servers.items():
            loading.loaded(server, file, 64, 1)
            for pid in server.workers():
                pin(pid, _cores(workers))
        for _ in range(WORKERS_ROUNDS):
            for workers, server in servers.items():
                run = loading.loaded(server, file, 64, SECONDS, cores=_cores(workers))
                runs[workers].append(run)
    return {str(workers): loading.median(each).per_second for workers, each in runs.items()}


def _cores(number: int) -> set[int]:
    """The first so many of those that this process may use; all where there are fewer."""
    return set(sorted(os.sched_getaffinity(0))[:number])


def pin(pid: int, cores: set[int]) -> None:
    """Let all threads of a process run on these cores alone."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), cores)


def _file(folder: Path, peer: Peer, *, keep: bool) -> Path:
    return folder / f"{peer.name}-{'keep' if keep else 'close'}"


def _median(runs: Sequence[loading.Load]) -> dict[str, float]:
    return loading.median(runs)._asdict()
