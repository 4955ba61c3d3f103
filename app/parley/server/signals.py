"""Graceful stop for SIGINT, as for SIGTERM: requests that were read are answered.

gunicorn's own SIGINT drops them; a second SIGINT still does.
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
    """Make signals end a worker that is still booting.

    Until a forked worker has its own handlers, it queues signals for gunicorn's main loop, which it
    does not run. Signals are blocked during the fork.
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
