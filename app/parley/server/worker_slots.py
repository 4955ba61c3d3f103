"""What the first process keeps of each worker: its slot, and the flow that it began last.

A worker's successor gets its slot, and goes on counting in the same files: with a file for each
process id, every replaced worker would leave some.
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
    """Before the fork: give the worker the lowest free slot."""
    taken = {slot.number for slot in _slots.values()}
    free = next(number for number in range(len(taken) + 1) if number not in taken)
    _slots[worker.age] = Slot(free)


def own(worker: Any) -> int:
    """In the worker: keep its slot, and return the number."""
    global _mine  # one worker is one process
    _mine = _slots[worker.age]
    return _mine.number


def note(path: str) -> str:
    """In the worker: note that a request for this path begins; return the flow's name, or ''."""
    found = _FLOW.fullmatch(path)
    flow = found[1] if found else ""
    if _mine:
        _mine.last_flow[:_SIZE] = flow.encode().ljust(_SIZE, b"\0")
    return flow


def forget() -> None:
    """In the worker: note that it ends as it should."""
    note("")


def release(worker: Any) -> None:
    """In the first process: free the slot; log the flow that a worker was at when it was killed."""
    slot = _slots.pop(worker.age)
    flow = slot.last_flow[:].rstrip(b"\0").decode()
    slot.last_flow.close()
    if flow:
        record(
            "worker",
            level=logging.ERROR,
            reason="killed",
            last_flow=flow,
            next="does this flow compute, or wait inside a C call, for more than ten seconds?",
        )
