"""The tables: the targets, the instructions, the load, and what they were measured with."""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import metadata

from bench.load import WAYS, Loads
from bench.peers import EXPRESS, GRANIAN, LIMITED, PARLEY, ROOT, TUTORIAL, UNLIMITED
from bench.tables import ratio, table, thousands

LINES_BEFORE = 2_201
"""Under app/web, gunicorn.conf.py and wsgi.py, with the worker of our own (commit 94b23a4)."""
SERVER = ("app/parley/web/*.py", "app/parley/server/*.py", "gunicorn.conf.py", "wsgi.py")
TITLES = {peer.name: peer.title for peer in (TUTORIAL, PARLEY, GRANIAN, EXPRESS)}


@dataclass
class Figures:
    """What was measured; empty where it was not."""

    instructions: dict[tuple[str, str], float] = field(default_factory=dict)
    loads: Loads = field(default_factory=dict)
    workers: dict[int, float] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)
    slow: tuple[float, float] | None = None
    idle: float | None = None
    lines: int | None = None


@dataclass(frozen=True)
class Target:
    """A figure that must be at most, or at least, its limit."""

    what: str
    measured: float
    limit: float
    unit: str = ""
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit

    def row(self) -> list[str]:
        digits = 2 if self.limit < 100 else 0
        limit, measured = (f"{each:,.{digits}f}{self.unit}" for each in (self.limit, self.measured))
        sign = "≥" if self.at_least else "≤"
        return [self.what, f"{sign} {limit}", measured, "met" if self.is_met else "MISSED"]


def targets(figures: Figures) -> Iterator[Target]:
    """The targets of all figures that were measured."""
    if counts := figures.instructions:
        for where, what, limit in (
            ("alone", "instructions a turn, the application alone, to the tutorial's", 0.42),
            ("server", "the same under gunicorn's gevent worker, both", 0.55),
        ):
            quotient = counts[PARLEY.name, where] / counts[TUTORIAL.name, where]
            yield Target(what, quotient, limit)
        quotient = counts[LIMITED.name, "server"] / counts[UNLIMITED.name, "server"]
        what = "more instructions a turn for the limits at /sms, under gunicorn"
        yield Target(what, 100 * (quotient - 1), 2, " %")
    if loads := figures.loads:
        for peer, limit in ((PARLEY, 1.10), (GRANIAN, 0.80)):
            for way, how in (((16, "keep"), "16 kept"), ((16, "close"), "one for each turn")):
                express = loads[EXPRESS.name, way].microseconds
                quotient = loads[peer.name, way].microseconds / express
                what = f"processor time a turn to Express, {peer.title}, connections: {how}"
                yield Target(what, quotient, limit)
        full = loads[PARLEY.name, (64, "keep")]
        yield Target("p99 to p50 at 64 kept connections, saturated", full.p99 / full.p50, 3)
    if figures.slow:
        beside = "beside 1,000 dripping and 1,000 silent connections"
        yield Target(f"p99 of honest texts {beside}", figures.slow[0], 100, " ms")
        yield Target(f"processor share of the worker {beside}", 100 * figures.slow[1], 5, " %")
    if figures.idle is not None:
        yield Target("processor time of an idle server in 30 s", figures.idle, 0.1, " s")
    for connections, quotient in figures.workers.items():
        what = f"turns of two workers to one's, {connections} kept connections"
        yield Target(what, quotient, 1.7, at_least=True)
    if memory := figures.memory:
        what = "memory of a worker (PSS) to the tutorial's"
        yield Target(what, memory[PARLEY.name] / memory[TUTORIAL.name], 1)
    if figures.lines is not None:
        what = f"lines of web, server, gunicorn.conf.py and wsgi.py (before: {LINES_BEFORE:,})"
        yield Target(what, figures.lines, LINES_BEFORE - 700)


def missed(figures: Figures) -> list[str]:
    return [target.what for target in targets(figures) if not target.is_met]


def blocks(figures: Figures) -> dict[str, str]:
    """The tables by the names of their blocks."""
    head = ("what", "target", "measured", "")
    found = {"targets": table(head, [target.row() for target in targets(figures)])}
    if figures.instructions:
        found["instructions"] = counts(figures.instructions)
    if figures.loads:
        found["load"] = loads(figures.loads)
        found["machine"] = machine()
    return found


def counts(found: dict[tuple[str, str], float]) -> str:
    rows = []
    for peer in (TUTORIAL, PARLEY, LIMITED, UNLIMITED):
        row = [peer.title.removesuffix(", gunicorn (gevent)")]
        for where in ("alone", "server"):
            its, tutorial = found[peer.name, where], found[TUTORIAL.name, where]
            row += [thousands(its), ratio(its, tutorial)]
        rows.append(row)
    head = ("instructions a turn", "app alone", "ratio", "gunicorn, gevent worker", "ratio")
    return table(head, rows)


def loads(found: Loads) -> str:
    rows = []
    for way in WAYS:
        express = found[EXPRESS.name, way]
        for name, title in TITLES.items():
            run = found[name, way]
            rows.append(
                [
                    title,
                    f"{way[0]}{'' if way[1] == 'keep' else ', one for each turn'}",
                    f"{run.per_second:,.0f}",
                    f"{run.p50:.1f}",
                    f"{run.p99:.1f}",
                    f"{run.microseconds:,.0f}",
                    ratio(run.microseconds, express.microseconds),
                ]
            )
    speeds = ("connections", "turns a second", "p50 ms", "p99 ms", "µs a turn", "to Express")
    return table(("server", *speeds), rows)


def lines_of_the_server() -> int:
    files = [file for name in SERVER for file in ROOT.glob(name)]
    return sum(file.read_text().count("\n") for file in files)


def machine() -> str:
    """The number of cores and the versions of what was measured, in a line."""
    names = ("gunicorn", "gevent", "granian", "flask", "twilio", "itsdangerous")
    found = [f"{name} {metadata.version(name)}" for name in names]
    programs = filter(shutil.which, ("wrk", "valgrind", "node"))
    found += [f"{name} {version_of(name)}" for name in programs]
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores, CPython {platform.python_version()}, {', '.join(found)}."


def version_of(program: str) -> str:
    option = "-v" if program == "wrk" else "--version"
    run = subprocess.run([program, option], capture_output=True, text=True, check=False)
    number = re.search(r"\d+(\.\d+)+", run.stdout + run.stderr)
    return number[0] if number else "unknown"
