"""Detect blocking flows: during a computation or C call, the worker serves no other request."""

import logging
import time
from dataclasses import dataclass, field

import gevent
from gevent import getcurrent

from parley.logging import record

LONG = 1.0
"""Seconds: a longer pause is logged."""
INTERVAL = 0.5


@dataclass
class Served:
    """The flows that this worker runs now, and the last slow one that has ended."""

    flows: dict[object, str] = field(default_factory=dict)
    began: dict[object, float] = field(default_factory=dict)
    ended: tuple[float, str] = (0.0, "")


_served = Served()


def begins(flow: str) -> None:
    """Record that the current greenlet begins to serve this flow."""
    greenlet = getcurrent()
    _served.flows[greenlet], _served.began[greenlet] = flow, time.monotonic()


def ends() -> None:
    """Record that the current greenlet has served its request."""
    greenlet, now = getcurrent(), time.monotonic()
    flow = _served.flows.pop(greenlet, "")
    if now - _served.began.pop(greenlet, now) > LONG:
        _served.ended = now, flow


def current() -> str:
    """Return the flow that the current greenlet serves, or ''."""
    return _served.flows.get(getcurrent(), "")


def is_serving() -> bool:
    """Return whether any request is being answered."""
    return bool(_served.flows)


def watch() -> None:
    """Log each pause over a second, with the flow that most likely caused it."""
    while True:
        began = time.monotonic()
        gevent.sleep(INTERVAL)
        late = time.monotonic() - began - INTERVAL
        if late > LONG:
            record(
                "pause",
                level=logging.WARNING,
                flow=_cause(began + INTERVAL) or None,
                ms=round(1_000 * late),
                next="make this flow compute less, or use a library that cooperates with gevent",
            )


def _cause(since: float) -> str:
    """Return the flow that ended in this pause; otherwise the one that began last."""
    ended, flow = _served.ended
    if ended > since:
        return flow
    return list(_served.flows.values())[-1] if _served.flows else ""
