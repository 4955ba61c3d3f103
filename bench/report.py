"""The tables of what was measured, as blocks of Markdown by their names."""

from typing import Any

from bench import machine, report_flat, results, targets
from bench.judging import judged
from bench.peers import EXPRESS, FLASK_FIXED, PARLEY, TUTORIAL, WSGI_PEERS
from bench.tables import ratio, table, thousands

TITLES = {peer.name: peer.title for peer in (*WSGI_PEERS, EXPRESS)}
PARSERS = {"python": "gunicorn", "fast": "gunicorn, fast parser"}


def blocks() -> dict[str, str]:
    """All blocks that can be told from what has been measured so far."""
    told: dict[str, str] = {}
    if found := results.read("bench"):
        told |= of_bench(found)
    if found := results.read("gunicorn"):
        told["gunicorn"] = report_flat.gunicorns(found)
    if found := results.read("pythons"):
        told["pythons"] = report_flat.pythons(found)
    return told


def of_bench(found: dict[str, Any]) -> dict[str, str]:
    told = {"machine": machine.sentence(found["machine"]), "start": starts(found["start"])}
    told["targets"] = table(targets.HEAD, judged(found))
    told["million"] = report_flat.million(found["million"])
    if "instructions" in found:
        told["instructions"] = instructions(found["instructions"])
        told["sizes"] = report_flat.sizes(found["sizes"])
        told["summary"] = summary(found["instructions"])
    if "load" in found:
        told["load"] = load(found["load"])
        told["workers"] = report_flat.workers(found["workers"])
    missing = [f"Not measured: {what} ({why})." for what, why in found["skipped"].items()]
    told["skipped"] = "\n".join(missing) or "Nothing was left out."
    return told


def whole(found: dict[str, Any]) -> str:
    """What is shown at the end of the measurement."""
    told = of_bench(found)
    order = ("instructions", "load", "workers", "start", "million", "sizes", "targets")
    return "\n\n".join(told[name] for name in (*order, "skipped", "machine") if name in told)


def instructions(found: dict[str, dict[str, float]]) -> str:
    tutorial, flask = found[TUTORIAL.name], found[FLASK_FIXED.name]
    ways = {"alone": "app alone", **{parser: PARSERS[parser] for parser in PARSERS}}
    ways = {way: title for way, title in ways.items() if way in tutorial}
    head = ["instructions a turn"]
    for title in ways.values():
        head += [title, "to tutorial", "to Flask"]
    rows = []
    for peer, counts in found.items():
        row = [TITLES[peer]]
        for way in ways:
            its = counts[way]
            row += [thousands(its), ratio(its, tutorial[way]), ratio(its, flask[way])]
        rows.append(row)
    return table(head, rows)


def summary(found: dict[str, dict[str, float]]) -> str:
    tutorial = found[TUTORIAL.name]
    rows = []
    for peer in (FLASK_FIXED, TUTORIAL, PARLEY):
        alone, served = (found[peer.name][way] for way in ("alone", "python"))
        to = (ratio(alone, tutorial["alone"]), ratio(served, tutorial["python"]))
        rows.append((peer.title, thousands(alone), to[0], thousands(served), to[1]))
    return table(("instructions a turn", "app alone", "ratio", "under gunicorn", "ratio"), rows)


def load(found: list[dict[str, Any]]) -> str:
    rows = []
    for way in dict.fromkeys((run["connections"], run["keep_alive"]) for run in found):
        runs = {run["peer"]: run for run in found if (run["connections"], run["keep_alive"]) == way}
        tutorial, flask = runs[TUTORIAL.name], runs[FLASK_FIXED.name]
        for peer, run in runs.items():
            speed, spent = run["per_second"], run["microseconds"]
            rows.append(
                (
                    TITLES[peer],
                    f"{way[0]}{'' if way[1] else ', closed'}",
                    f"{speed:,.0f}",
                    ratio(speed, tutorial["per_second"]),
                    ratio(speed, flask["per_second"]),
                    f"{run['p50']:.1f}",
                    f"{run['p99']:.1f}",
                    f"{spent:,.0f}",
                    ratio(spent, tutorial["microseconds"]),
                    ratio(spent, flask["microseconds"]),
                )
            )
    to = ("to tutorial", "to Flask")
    speeds = ("connections", "turns a second", *to, "p50 ms", "p99 ms")
    return table(("server", *speeds, "µs a turn", *to), rows)


def starts(found: dict[str, dict[str, float]]) -> str:
    tutorial, flask = found[TUTORIAL.name], found[FLASK_FIXED.name]
    rows = []
    for peer, run in found.items():
        first, worker = run["first"], run["worker"]
        rows.append(
            (
                TITLES[peer],
                f"{first:.2f} s",
                ratio(first, tutorial["first"]),
                ratio(first, flask["first"]),
                f"{worker / 2**20:.1f} MiB",
                ratio(worker, tutorial["worker"]),
                ratio(worker, flask["worker"]),
                f"{run['all'] / 2**20:.1f} MiB",
            )
        )
    to = ("to tutorial", "to Flask")
    return table(("server", "first 200", *to, "a worker", *to, "with its master"), rows)
