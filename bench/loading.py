"""A server under load: wrk sends it recorded texts, again and again, for a few seconds."""

import json
import shutil
import statistics
import subprocess
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.conversing import Turn
from bench.peers import ROOT
from bench.serving import Serving

MISSING = "wrk is not installed (Debian: apt-get install wrk)"
CONNECTIONS = (1, 16, 64)


class Load(NamedTuple):
    """What one run of wrk has measured: turns per second, milliseconds in which half and 99 % of
    the answers came, the server's processor time per turn in microseconds, and turns that failed.
    """

    per_second: float
    p50: float
    p99: float
    microseconds: float
    failed: float


def is_possible() -> bool:
    return shutil.which("wrk") is not None


def write(turns: Sequence[Turn], file: Path, *, keep_alive: bool) -> None:
    """The requests of these turns, as bench/wrk.lua reads them: each behind its length."""
    with file.open("wb") as out:
        for turn in turns:
            request = turn.text.as_http(turn.cookie, keep_alive=keep_alive)
            out.write(b"%d\n%b" % (len(request), request))


def loaded(
    server: Serving,
    requests: Path,
    connections: int,
    seconds: int,
    cores: Collection[int] = (),
) -> Load:
    """One run of wrk; where cores are given, on these alone, with a thread for each. An answer
    other than 2xx ends the measurement.
    """
    workers = server.workers()
    spent = sum(map(processor_time, workers))
    pinned = ["taskset", "--cpu-list", ",".join(map(str, cores))] if cores else []
    command = [
        *pinned,
        *(shutil.which("wrk") or "wrk", "--threads", str(len(cores) or 1)),
        *("--connections", str(connections)),
        *("--duration", f"{seconds}s", "--timeout", "10s", "--script", "bench/wrk.lua"),
        *(f"http://127.0.0.1:{server.port}", "--", str(requests)),
    ]
    run = subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60 + seconds
    )
    spent = sum(map(processor_time, workers)) - spent
    told = json.loads(run.stdout.splitlines()[-1])
    if told["refused"] or not told["requests"]:
        raise SystemExit(f"{told['refused']} of {told['requests']} texts were answered with errors")
    return Load(
        per_second=told["requests"] / told["microseconds"] * 1e6,
        p50=told["p50"] / 1_000,
        p99=told["p99"] / 1_000,
        microseconds=spent / told["requests"] * 1e6,
        failed=told["failed"],
    )


def processor_time(pid: int) -> float:
    """The seconds that a process has had of a processor, all its threads and the kernel's part
    included: as the scheduler counts them. Counted by the ticks of a clock, short turns may fall
    between two of them, all alike.
    """
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def median(runs: Sequence[Load]) -> Load:
    """Of each figure the median; of the failures all."""
    figures = [statistics.median(each) for each in zip(*runs, strict=True)]
    return Load(*figures)._replace(failed=sum(run.failed for run in runs))
