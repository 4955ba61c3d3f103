"""The workers of a server: listing, reloading and killing them."""

import os
import signal
from pathlib import Path

from tests.server.running import Server, until


def workers(server: Server) -> set[int]:
    """Return the process IDs of a server's workers."""
    pid = server.process.pid
    return set(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def reload(server: Server) -> None:
    """Send HUP, and wait until other workers have taken over."""
    before = workers(server)
    server.process.send_signal(signal.SIGHUP)
    # The check of the new settings is also a child process, for a moment.
    until(lambda: not workers(server) & before and len(workers(server)) == 2, 30)


def kill_one_worker(server: Server) -> None:
    """Kill a worker with SIGKILL, and wait for its replacement."""
    before = workers(server)
    os.kill(min(before), signal.SIGKILL)
    until(lambda: len(workers(server) - before) == 1 and len(workers(server)) == 2, 30)
