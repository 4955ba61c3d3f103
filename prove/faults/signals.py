"""Workers that are killed, and reloads."""

import os
import random
import signal
import time
from pathlib import Path

from prove.faults.senders import counting
from prove.faults.trial import SETTINGS, tried
from prove.rows import Row
from tests.server.running import running
from tests.server.workers import reload, workers


def killed(folder: Path, seconds: float) -> Row:
    """SIGKILL for a worker at random, two or three times a second, and for both now and then."""
    with running(folder, SETTINGS) as server:

        def harm() -> int:
            end, number = time.monotonic() + seconds, 0
            while time.monotonic() < end:
                there = sorted(workers(server))
                for pid in random.sample(there, min(len(there), random.choice((1, 1, 1, 2)))):
                    os.kill(pid, signal.SIGKILL)
                    number += 1
                time.sleep(random.uniform(0.2, 0.6))
            return number

        return tried("workers killed with SIGKILL", server, counting(server), harm)


def reloaded(folder: Path, seconds: float) -> Row:
    """HUP, again as soon as the new workers are there; and several at once."""
    with running(folder, SETTINGS) as server:
        reloads = 0

        def harm() -> int:
            nonlocal reloads
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                reload(server)
                reloads += 1
            for _ in range(3):
                server.process.send_signal(signal.SIGHUP)
            reload(server)
            return 0

        row = tried("HUP", server, counting(server), harm)
        return row._replace(note=f"{reloads} reloads, and 4 at once; {row.note}")
