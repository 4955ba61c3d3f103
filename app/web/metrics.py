"""The metrics, by the official client of Prometheus.

No label holds anything of a request but the name of a flow that there is. Under gunicorn each
worker counts in files of its own in a folder that all share, and whoever is asked adds them up.
"""

import os
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
    values,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector

from app.web.counted import MEMORIES, OUTCOMES, Errands, Uncounted

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 7.5, 10, 15)
"""Bounds of the buckets: Twilio waits for 15 seconds."""
ELSEWHERE = ("", "fallback")
"""No flow's names: what failed outside of all flows, and what the fallback URL answered."""

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"

disable_created_metrics()  # type: ignore[no-untyped-call]  # parts of the client have no types
# The variable may be somebody else's: files are counted in where `count_in_files` says so.
values.ValueClass = values.MutexValue


def count_in_files(folder: str, place: Callable[[], object]) -> Callable[[], None]:
    """Let this process and those that it forks count in files of their own in a shared folder.

    `place` is asked at each count where this process counts: no two that live at once may have the
    same. Whoever has it next goes on where the last one stopped, so that the files do not grow in
    number when workers come and go. What is made before this is called does not count in files.
    Returns what closes this process's files: the client keeps them open for ever, and with them
    whatever counts there, which must not count again.
    """
    os.environ[_FOLDER] = folder
    values.ValueClass = kept = values.MultiProcessValue(place)  # type: ignore[no-untyped-call]
    close: Callable[[], None] = kept.close_all_files
    return close


class Metrics(Uncounted):
    """Counts what one application does. Every number is there from the start, as 0."""

    CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

    def __init__(self, flows: Iterable[str]) -> None:
        self._registry = registry = CollectorRegistry()
        names = [*ELSEWHERE, *flows]
        turns = Counter(
            "parley_turns", "Turns, by flow and outcome.", ["flow", "outcome"], registry=registry
        )
        self._turns = {
            (flow, outcome): turns.labels(flow, outcome) for flow in names for outcome in OUTCOMES
        }
        seconds = Histogram(
            "parley_turn_seconds",
            "How long turns took.",
            ["flow"],
            registry=registry,
            buckets=SECONDS,
        )
        self._seconds = {flow: seconds.labels(flow) for flow in names}
        cookies = Counter(
            "parley_cookies",
            "Session cookies, by what became of them.",
            ["state"],
            registry=registry,
        )
        self._cookies = {memory: cookies.labels(memory) for memory in MEMORIES}
        self._too_large = cookies.labels("too large")
        self._refusals = Counter(
            "parley_refusals",
            "Requests that were refused, by status and reason.",
            ["status", "reason"],
            registry=registry,
        )
        self._failures = Counter(
            "parley_upstream_failures",
            "Errands that came to nothing, by errand.",
            ["errand"],
            registry=registry,
        )

    def turn(self, flow: str, outcome: str, memory: str | None, milliseconds: float) -> None:
        self._turns[flow, outcome].inc()
        self._seconds[flow].observe(milliseconds / 1_000)
        if memory is not None:
            self._cookies[memory].inc()

    def too_large(self) -> None:
        self._too_large.inc()

    def refused(self, status: int, reason: str) -> None:
        self._refusals.labels(str(status), reason).inc()

    def watched(self, errands: Errands) -> Errands:
        return {name: self._watched(name, errand) for name, errand in errands.items()}

    def _watched(self, name: str, errand: Callable[..., Any]) -> Callable[..., Any]:
        failures = self._failures.labels(name)

        @wraps(errand)
        def run(*args: Any, **kwargs: Any) -> Any:
            with failures.count_exceptions():
                return errand(*args, **kwargs)

        return run

    def page(self) -> bytes:
        """All numbers in the text format, those of the other processes added."""
        if values.ValueClass is values.MutexValue:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        MultiProcessCollector(together, path=os.environ[_FOLDER])  # type: ignore[no-untyped-call]
        return generate_latest(together)
