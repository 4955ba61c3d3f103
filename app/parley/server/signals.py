"""SIGINT and SIGTERM stop the server in the same way: requests that were read are answered.

gunicorn's SIGINT drops them. A second SIGINT still does.
"""

import os
import signal
from types import FrameType

STOP = (signal.SIGINT, signal.SIGTERM)


def stop_gracefully() -> None:
    """Treat the first SIGINT of gunicorn's main process as a SIGTERM."""
    at_once = signal.getsignal(signal.SIGINT)

    def stop(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, at_once)
        os.kill(os.getpid(), signal.SIGTERM)

    signal.signal(signal.SIGINT, stop)


def end_while_booting() -> None:
    """Let a signal end a worker that boots.

    A worker is a copy of the first process, and notes a signal for gunicorn's main loop, which it
    does not run, until it has handlers of its own. Signals are blocked for the moment of the fork.
    """
    first = os.getpid()

    def after_in_child() -> None:
        if os.getppid() == first:
            for number in STOP:
                signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP)

    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, STOP),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP),
        after_in_child=after_in_child,
    )
