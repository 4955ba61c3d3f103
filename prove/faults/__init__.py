"""What befalls a server while at least fifty senders text it: nobody's count is broken by it."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from prove.faults import clock, descriptors, logs, signals, upstream
from prove.progress import say
from prove.rows import Row

FAULTS: tuple[Callable[[Path, float], Row], ...] = (
    signals.killed,
    signals.reloaded,
    logs.full_disk,
    logs.full_device,
    logs.reader_gone,
    logs.reader_stops,
    clock.forward,
    clock.back,
    upstream.failing,
    upstream.hanging,
    descriptors.exhausted,
)
SECONDS, LONG_SECONDS = 5, 20
"""How long each fault lasts; three or four come to it for what is before and after it."""


def proved(*, long: bool) -> list[Row]:
    seconds = LONG_SECONDS if long else SECONDS
    say(f"{len(FAULTS)} faults, about {len(FAULTS) * (seconds + 4)} seconds")
    rows = []
    for fault in FAULTS:
        with TemporaryDirectory() as folder:
            rows.append(fault(Path(folder), seconds))
        say(f"{rows[-1].what}: {'held' if rows[-1].is_proven else 'NOT HELD'}; {rows[-1].note}")
    return rows
