"""A server's workers: which they are, and how they are made to go."""

import os
import signal
from pathlib import Path

from tests.server.running import Server, until


def workers(server: Server) -> set[int]:
    """The ids of a server's worker processes."""
    pid = server.process.pid
    return set(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def reload(server: Server) -> None:
    """HUP, until other workers have taken over."""
    before = workers(server)
    server.process.send_signal(signal.SIGHUP)
    # A check of the new settings is a child, too, for a moment.
    until(lambda: not workers(server) & before and len(workers(server)) == 2, 30)


def kill_one_worker(server: Server) -> None:
    """SIGKILL, until another worker is there."""
    before = workers(server)
    os.kill(min(before), signal.SIGKILL)
    until(lambda: len(workers(server) - before) == 1 and len(workers(server)) == 2, 30)
