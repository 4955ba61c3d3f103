"""Worker slots, in the first process: a number, and the flow that the worker began last.

A worker's successor gets its slot, and counts in the same files; with files per process id, every
replaced worker would leave some behind.
"""

import logging
import mmap
import re
from dataclasses import dataclass, field
from typing import Any

from parley.logging import record
from parley.request import PREFIX

_FLOW = re.compile(rf"{PREFIX}([a-z0-9-]{{1,40}})/?")
_SIZE = 64


@dataclass
class Slot:
    number: int
    last_flow: mmap.mmap = field(default_factory=lambda: mmap.mmap(-1, _SIZE))
    """Shared by the worker, which writes it, and the first process."""


_slots: dict[int, Slot] = {}
"""By the age of the worker, which gunicorn counts."""
_mine: Slot | None = None


def take(worker: Any) -> None:
    """Assign the lowest free slot to a worker, before the fork."""
    taken = {slot.number for slot in _slots.values()}
    free = next(number for number in range(len(taken) + 1) if number not in taken)
    _slots[worker.age] = Slot(free)


def own(worker: Any) -> int:
    """Return the number of the worker's slot, in the worker."""
    global _mine  # one worker is one process
    _mine = _slots[worker.age]
    return _mine.number


def note(path: str) -> str:
    """Record in the worker that a request for a path begins; return the flow's name, or ''."""
    found = _FLOW.fullmatch(path)
    flow = found[1] if found else ""
    if _mine:
        _mine.last_flow[:_SIZE] = flow.encode().ljust(_SIZE, b"\0")
    return flow


def forget() -> None:
    """Record in the worker that it ends normally."""
    note("")


def release(worker: Any) -> None:
    """Free a slot, in the first process; log the current flow of a killed worker."""
    slot = _slots.pop(worker.age)
    flow = slot.last_flow[:].rstrip(b"\0").decode()
    slot.last_flow.close()
    if flow:
        record(
            "worker",
            level=logging.ERROR,
            reason="killed",
            last_flow=flow,
            next="check whether this flow computes, or is in a C call, for over ten seconds",
        )
