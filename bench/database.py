"""The cost of a turn with PostgreSQL, with the cookie, and in pgbench: `make bench-database`.

The table is written into docs/database.md. The database writes every turn to the disk, as in
production. The load, the server and PostgreSQL share the cores of this machine.
"""

import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from bench.conversing import Turn, recorded
from bench.due import Due, claimed, fill
from bench.load import MISSING, Load, is_possible, loaded, write
from bench.peers import PARLEY, ROOT, proportional_memory, serving
from bench.tables import quoted, ratio, table
from bench.texts import text
from parley.memory import statements
from tests.memory.test_statements import VALUES
from tests.postgres import own_cluster, programs

ROUNDS = 5
SECONDS = int(os.environ.get("BENCH_SECONDS", "3"))
"""Seconds of each run of wrk, and of pgbench."""
CLIENTS = 16
SENDERS = 1_000
MOST_PER_SECOND = 3_000
WAITING = 1_000_000
"""Conversations that wait in the second database, each with a reminder."""
DOCUMENT = ROOT / "docs/database.md"
HEAD = (
    "16 texts at once, 1 to 4 processes",
    "turns/s",
    "median ms",
    "99 % ms",
    "µs a turn",
    "ratio",
    "MB",
)
DUE_HEAD = ("the worker", "500 timers, ms", "500 messages, ms", "MB")


class Way(NamedTuple):
    """A configuration of the server; without a database, it uses the cookie."""

    title: str
    database: str = ""
    workers: int = 1


class Measured(NamedTuple):
    way: Way
    load: Load
    megabytes: float


def main() -> None:
    if not is_possible():
        sys.exit(MISSING)
    with tempfile.TemporaryDirectory() as name, own_cluster() as cluster:
        few, many = cluster.new_database("few"), cluster.new_database("many")
        fill(cluster, "few", 0)
        fill(cluster, "many", WAITING)
        due = [claimed(few), claimed(many)]
        ways = [
            Way("the cookie"),
            *(Way(f"PostgreSQL, {number} processes", few, number) for number in (1, 2, 4)),
            Way(f"PostgreSQL with {WAITING:,} conversations", many),
        ]
        found = [*measured(ways, Path(name))]
        bare = pgbench(few, Path(name))
    content = f"{shown(found, bare)}\n\n{shown_due(due)}"
    DOCUMENT.write_text(quoted(DOCUMENT.read_text(), {"database": content}))
    print(content)


def measured(ways: Sequence[Way], folder: Path) -> list[Measured]:
    """Return the median run of each configuration; they alternate, and the first round warms up."""
    runs: dict[Way, list[Load]] = {way: [] for way in ways}
    with ExitStack() as stack:
        cookies = recorded(PARLEY, folder)
        servers = {
            way: stack.enter_context(
                serving(
                    PARLEY,
                    folder,
                    workers=way.workers,
                    settings={"DATABASE_URL": way.database} if way.database else {},
                )
            )
            for way in ways
        }
        for _ in range(1 + ROUNDS):
            for way, server in servers.items():
                requests = write(fresh() if way.database else cookies, folder / "texts", "keep")
                runs[way].append(loaded(server, requests, CLIENTS, SECONDS))
        memory = {
            way: sum(map(proportional_memory, server.workers())) / 1e6
            for way, server in servers.items()
        }
    return [
        Measured(way, Load(*map(statistics.median, zip(*each[1:], strict=True))), memory[way])
        for way, each in runs.items()
    ]


def fresh() -> list[Turn]:
    """Return new texts, of each sender in turn."""
    chance = random.Random()
    numbers = [f"+1555{number:07}" for number in range(SENDERS)]
    wanted = MOST_PER_SECOND * SECONDS
    return [Turn(text(numbers[each % SENDERS], chance), b"") for each in range(wanted)]


def pgbench(url: str, folder: Path) -> float:
    """Return the turns per second of the same statements without a server, with equal clients."""
    script = folder / "turn.sql"
    begin, end = (named(each) for each in (statements.ARRIVE, statements.SAVE))
    script.write_text(
        f"\\set person :client_id * {SENDERS} + random(1, {SENDERS})\n"
        f"\\set turn random(1, 1000000000000)\n\\set sid random(1, 1000000000000)\n"
        f"{begin};\n{end};\n"
    )
    values = {
        name: str(value) for name, value in VALUES.items() if name not in ("person", "turn", "sid")
    }
    values |= {"reply": "<Response><Message>Your current count is 3</Message></Response>"}
    values |= {"session": '{"count":3}'}
    given = [part for name, value in values.items() for part in ("-D", f"{name}={value}")]
    command: list[str | Path] = [
        programs() / "pgbench",
        "-n",
        "-M",
        "prepared",
        "-c",
        str(CLIENTS),
        "-j",
        "2",
    ]
    command += ["-T", str(ROUNDS * SECONDS), "-f", script, *given, url]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    found = re.search(r"tps = ([\d.]+)", ended.stdout)
    assert found, ended.stdout
    return float(found[1])


def named(statement: str) -> str:
    """A statement with pgbench's variables, in one line."""
    return " ".join(re.sub(r"%\((\w+)\)s", r":\1", statement).split())


def shown(found: Sequence[Measured], bare: float) -> str:
    rows = [
        [
            each.way.title,
            f"{each.load.per_second:,.0f}",
            f"{each.load.p50:.1f}",
            f"{each.load.p99:.1f}",
            f"{each.load.microseconds:,.0f}",
            ratio(each.load.microseconds, found[0].load.microseconds),
            f"{each.megabytes:,.0f}",
        ]
        for each in found
    ]
    rows.append(["pgbench with the same statements", f"{bare:,.0f}", *"-----"])
    return table(HEAD, rows)


def shown_due(due: Sequence[Due]) -> str:
    titles = ("nothing else waits", f"{WAITING:,} conversations wait")
    rows = [
        [title, f"{each.timers:.0f}", f"{each.messages:.0f}", f"{each.megabytes:.0f}"]
        for title, each in zip(titles, due, strict=True)
    ]
    return table(DUE_HEAD, rows)


if __name__ == "__main__":
    main()
