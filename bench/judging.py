"""Whether Parley keeps to its targets."""

from collections.abc import Mapping
from typing import Any

from bench import report_flat
from bench.peers import EXPRESS, FLASK_FIXED, PARLEY, TUTORIAL
from bench.targets import (
    ALONE,
    EXPRESS_CLOSED,
    EXPRESS_KEPT,
    FAST,
    FIRST,
    FLAT,
    LINEAR,
    MEMORY,
    PURE,
    WORKERS,
    Target,
)


def judged(found: dict[str, Any]) -> list[list[str]]:
    """A row for each target: wanted, measured, met or missed."""
    ratios = of_instructions(found.get("instructions", {}))
    for target, keep in ((EXPRESS_KEPT, True), (EXPRESS_CLOSED, False)):
        spent = {
            run["peer"]: run["microseconds"]
            for run in found.get("load", [])
            if run["connections"] == 16 and run["keep_alive"] == keep
        }
        express = spent.get(EXPRESS.name)
        ratios[target] = spent[PARLEY.name] / express if express else None
    start = found["start"]
    ratios[MEMORY] = start[PARLEY.name]["worker"] / start[TUTORIAL.name]["worker"]
    ratios[FIRST] = start[PARLEY.name]["first"] / start[FLASK_FIXED.name]["first"]
    million = found["million"]
    ratios[FLAT] = max(million["among"], million["others"]) / million["alone"]
    ratios[LINEAR] = report_flat.growth(found["sizes"]) if "sizes" in found else None
    workers = found.get("workers")
    ratios[WORKERS] = workers["2"] / workers["1"] if workers else None
    return [target.told(measured) for target, measured in ratios.items()]


def of_instructions(counts: Mapping[str, Mapping[str, float]]) -> dict[Target, float | None]:
    """Parley's instructions beside the tutorial's, alone and under gunicorn with each parser."""
    ratios: dict[Target, float | None] = {}
    for target, way in ((ALONE, "alone"), (PURE, "python"), (FAST, "fast")):
        tutorial = counts.get(TUTORIAL.name, {}).get(way)
        ratios[target] = counts[PARLEY.name][way] / tutorial if tutorial else None
    return ratios
