"""A server's workers: which they are, and how they are made to go."""

import os
import signal
import time
from pathlib import Path

from tests.server.running import Server


def workers(server: Server) -> set[int]:
    """The ids of a server's worker processes."""
    pid = server.process.pid
    return set(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def reload(server: Server) -> None:
    """HUP, until other workers have taken over."""
    before = workers(server)
    server.process.send_signal(signal.SIGHUP)
    for _ in range(600):
        # A check of the new settings is a child, too, for a moment.
        if not workers(server) & before and len(workers(server)) == 2:
            return
        time.sleep(0.05)
    raise AssertionError(f"no reload within thirty seconds:\n{server.log()[-2_000:]}")


def kill_one_worker(server: Server) -> None:
    """SIGKILL, until another worker is there."""
    before = workers(server)
    os.kill(min(before), signal.SIGKILL)
    for _ in range(600):
        if len(workers(server) - before) == 1 and len(workers(server)) == 2:
            return
        time.sleep(0.05)
    raise AssertionError("no new worker within thirty seconds")
