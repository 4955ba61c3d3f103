"""All peers under the same load, alternating: wrk sends recorded texts for a second each time."""

import json
import os
import shutil
import statistics
import subprocess
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from bench.conversing import Turn
from bench.peers import EXPRESS, PARLEY, ROOT, Peer, Server, processor_seconds, serving
from tests.webhook import as_http

MISSING = "wrk is not installed (Debian: apt-get install wrk)"
ROUNDS = 7
WAYS = ((1, "keep"), (16, "keep"), (64, "keep"), (16, "close"))
"""The number of connections, and whether they are kept or there is a new one for each turn."""


class Load(NamedTuple):
    """Turns per second, the milliseconds of half and of 99 % of the answers, the processor time of
    a turn in microseconds, and turns that failed.
    """

    per_second: float
    p50: float
    p99: float
    microseconds: float
    failed: float


Way = tuple[int, str]
Loads = dict[tuple[str, Way], Load]


def is_possible() -> bool:
    return shutil.which("wrk") is not None


def write(turns: Sequence[Turn], file: Path, how: str) -> Path:
    """Write the requests of these turns for bench/wrk.lua: each after its length."""
    with file.open("wb") as out:
        for turn in turns:
            raw = as_http(turn.request, keep_alive=how == "keep")
            out.write(b"%d\n%b" % (len(raw), raw))
    return file


def loaded(
    server: Server, requests: Path, connections: int, seconds: int, cores: Collection[int] = ()
) -> Load:
    """One run of wrk, on these cores with a thread for each. An error ends the measurement."""
    workers = server.workers()
    spent = processor_seconds(workers)
    pinned = ["taskset", "--cpu-list", ",".join(map(str, cores))] if cores else []
    command = [
        *(*pinned, shutil.which("wrk") or "wrk", "--threads", str(len(cores) or 1)),
        *("--connections", str(connections), "--duration", f"{seconds}s", "--timeout", "10s"),
        *("--script", "bench/wrk.lua", f"http://127.0.0.1:{server.port}", "--", str(requests)),
    ]
    run = subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60 + seconds
    )
    spent = processor_seconds(workers) - spent
    found = json.loads(run.stdout.splitlines()[-1])
    if found["refused"] or not found["requests"]:
        raise SystemExit(f"{found['refused']} of {found['requests']} texts had an error.")
    return Load(
        per_second=found["requests"] / found["microseconds"] * 1e6,
        p50=found["p50"] / 1_000,
        p99=found["p99"] / 1_000,
        microseconds=spent / found["requests"] * 1e6,
        failed=found["failed"],
    )


def median(runs: Sequence[Load]) -> Load:
    """Of each figure the median; of the failures all."""
    figures = [statistics.median(each) for each in zip(*runs, strict=True)]
    return Load(*figures)._replace(failed=sum(run.failed for run in runs))


def measured(
    peers: Sequence[Peer], turns: Mapping[str, Sequence[Turn]], folder: Path, seconds: int
) -> Loads:
    """The median run of each peer in each way; the peers take turns, and so do the ways."""
    runs: dict[tuple[str, Way], list[Load]] = {}
    with ExitStack() as stack:
        servers = {peer: stack.enter_context(serving(peer, folder)) for peer in peers}
        files = {
            (peer, how): write(turns[peer.name], folder / f"{peer.name}-{how}", how)
            for peer in peers
            for how in ("keep", "close")
        }
        for peer, server in servers.items():  # Express's compiler learns while it runs
            loaded(server, files[peer, "keep"], 16, 3 if peer is EXPRESS else 1)
        for _ in range(ROUNDS):
            for way in WAYS:
                for peer, server in servers.items():
                    run = loaded(server, files[peer, way[1]], way[0], seconds)
                    runs.setdefault((peer.name, way), []).append(run)
    return {which: median(each) for which, each in runs.items()}


def two_workers_to_one(turns: Sequence[Turn], folder: Path, seconds: int) -> dict[int, float]:
    """How many times the turns two workers on two cores answer, at 16 and 64 kept connections.

    wrk runs on the same cores as the workers, with a thread for each: otherwise it would have a
    core of its own beside one worker, and share those of two.
    """
    cores = sorted(os.sched_getaffinity(0))
    file = write(turns, folder / "two-workers", "keep")
    speeds: dict[tuple[int, int], list[float]] = {}
    with ExitStack() as stack:
        servers = {
            number: stack.enter_context(serving(PARLEY, folder, workers=number))
            for number in (1, 2)
        }
        for number, server in servers.items():
            loaded(server, file, 64, 1)
            for pid in server.workers():
                for task in Path(f"/proc/{pid}/task").iterdir():
                    os.sched_setaffinity(int(task.name), cores[:number])
        for _ in range(ROUNDS):
            for connections in (16, 64):
                for number, server in servers.items():
                    run = loaded(server, file, connections, seconds, cores[:number])
                    speeds.setdefault((connections, number), []).append(run.per_second)
    medians = {which: statistics.median(each) for which, each in speeds.items()}
    return {each: medians[each, 2] / medians[each, 1] for each in (16, 64)}
