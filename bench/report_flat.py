"""More tables: what stays flat, and what other configurations and other Pythons bring."""

from typing import Any

from bench.tables import ratio, table, thousands

Points = dict[str, list[list[float]]]


def million(found: dict[str, float]) -> str:
    rows = [
        ("one conversation, before any other", f"{found['alone']:.0f} µs", "1.00"),
        (
            f"the same among {found['pairs']:,.0f} others",
            f"{found['among']:.0f} µs",
            ratio(found["among"], found["alone"]),
        ),
        (
            f"the last of {found['pairs']:,.0f}",
            f"{found['others']:.0f} µs",
            ratio(found["others"], found["alone"]),
        ),
    ]
    told = table(("a turn of", "processor time", "ratio"), rows)
    return f"{told}\n\nThe memory grew by {found['grown'] / 2**20:.1f} MiB meanwhile."


def sizes(found: Points) -> str:
    rows = []
    for what, points in found.items():
        (smallest, least), (middle, half), (largest, most) = (
            points[0],
            middle_of(points),
            points[-1],
        )
        slopes = (half - least) / (middle - smallest), (most - half) / (largest - middle)
        rows.append(
            (
                f"{largest:,.0f} {what}",
                thousands(least),
                thousands(half),
                thousands(most),
                *(f"{slope:.0f}" for slope in slopes),
            )
        )
    head = ("up to", "least", "half", "most", "each, to half", "each, from there")
    return table(head, rows)


def middle_of(points: list[list[float]]) -> list[float]:
    return points[len(points) // 2]


def growth(found: Points) -> float:
    """The largest cost beside what it would be if the first half's growth went on; the worst."""
    worst = 0.0
    for points in found.values():
        (smallest, least), (middle, half), (largest, most) = (
            points[0],
            middle_of(points),
            points[-1],
        )
        expected = least + (half - least) * (largest - smallest) / (middle - smallest)
        worst = max(worst, most / expected)
    return worst


def workers(found: dict[str, float]) -> str:
    rows = [
        (f"{count} worker{'s' if count != '1' else ''}", f"{speed:,.0f}", ratio(speed, found["1"]))
        for count, speed in found.items()
    ]
    return table(("Parley with", "turns a second", "ratio"), rows)


def gunicorns(found: dict[str, Any]) -> str:
    """Of each way its figures at the loads that the head names, one after the other."""
    first = found["ways"][0]
    loads = " / ".join(first["load"])
    rows = []
    for way in found["ways"]:
        of_load = way["load"].values()
        rows.append(
            (
                way["title"],
                thousands(way["instructions"]) if way["instructions"] else "-",
                ratio(way["instructions"], first["instructions"]),
                " / ".join(f"{run['per_second']:,.0f}" for run in of_load),
                " / ".join(f"{run['microseconds']:,.0f}" for run in of_load),
                " / ".join(f"{run['p99']:.0f}" for run in of_load),
                f"{way['worker'] / 2**20:.1f} MiB",
            )
        )
    columns = (f"turns a second at {loads}", "µs a turn", "p99 ms")
    return table(("gunicorn", "instructions", "ratio", *columns, "a worker"), rows)


def pythons(found: dict[str, Any]) -> str:
    rows = []
    for version, run in found["versions"].items():
        for name, spent in run.items():
            base = next(iter(found["versions"].values()))[name]
            rows.append(
                (
                    f"{version}, {name}",
                    thousands(spent["instructions"]) if spent["instructions"] else "-",
                    ratio(spent["instructions"], base["instructions"]),
                    f"{spent['per_second']:,.0f}",
                    ratio(spent["per_second"], base["per_second"]),
                    f"{spent['microseconds']:,.0f}",
                )
            )
    head = ("CPython", "instructions", "ratio", "turns a second", "ratio", "µs a turn")
    return table(head, rows)
