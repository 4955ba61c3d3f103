"""The plots of what was measured."""

from typing import Any

import matplotlib as mpl

from bench import results
from bench.report import TITLES

mpl.use("agg")
from matplotlib import pyplot as plt  # after the choice of what draws

BLUE, GREY, RED = "#2f6fb0", "#b8bec6", "#c0504d"


def draw(found: Any) -> None:
    """Draw the pictures of the whole comparison, where there are counts to draw."""
    if found and "instructions" in found:
        costs(found)
        growth(found["sizes"])


def costs(found: dict[str, Any]) -> None:
    """Instructions a turn, and the processor time beside them, of every peer."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.4))
    counts = found["instructions"]
    names = [TITLES[peer] for peer in counts]
    alone = [each["alone"] / 1e6 for each in counts.values()]
    server = [(each["python"] - each["alone"]) / 1e6 for each in counts.values()]
    left.barh(names, alone, color=BLUE, label="application")
    left.barh(names, server, left=alone, color=GREY, label="gunicorn")
    left.set_title("million instructions a turn", fontsize=10)
    left.legend(fontsize=8)
    spent = {
        TITLES[run["peer"]]: run["microseconds"]
        for run in found.get("load", [])
        if run["connections"] == 16 and run["keep_alive"]
    }
    right.barh(list(spent), list(spent.values()), color=BLUE)
    right.set_title("µs of processor time a turn, 16 connections", fontsize=10)
    _save(figure, [left, right], "costs")


def growth(found: dict[str, list[list[float]]]) -> None:
    """Instructions of Parley alone, by the sizes of cookie and text."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3), sharey=True)
    for (what, points), color in zip(found.items(), (BLUE, GREY, RED), strict=True):
        axes = left if "cookie" in what else right
        sizes, counts = zip(*points, strict=True)
        axes.plot(sizes, [count / 1e6 for count in counts], "o-", color=color, label=what)
    for axes in (left, right):
        axes.set_ylim(bottom=0)
        axes.legend(fontsize=8)
        axes.set_ylabel("million instructions a turn", fontsize=8)
    _save(figure, [left, right], "growth")


def _save(figure: Any, axes: list[Any], name: str) -> None:
    for each in axes:
        each.spines[["top", "right"]].set_visible(False)
        each.tick_params(labelsize=8)
        if name == "costs":
            each.invert_yaxis()
    figure.tight_layout()
    figure.savefig(results.FOLDER / f"{name}.png", dpi=110, metadata={"Software": None})
    plt.close(figure)
