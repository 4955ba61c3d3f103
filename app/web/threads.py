"""The threads of a worker, of which one is awake unless it is slow (docs/decisions/0017)."""

from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread
from time import monotonic, process_time
from typing import Any, NamedTuple

SLOW = 0.01
"""Seconds after which a thread is at something slow: a turn takes a thousandth."""


class Served(NamedTuple):
    """What became of a connection, in the shape of the Future that gunicorn asks."""

    outcome: Any

    def result(self) -> Any:
        return self.outcome

    def cancelled(self) -> bool:
        return False


class Threads:
    """`serve(connection)` in one of `number` threads, and then `done(connection, Served)` there.

    One thread takes one connection after the other; another is woken where somebody waits and all
    that are awake are slow, or the process computes for less than half of the time. Two that
    compute get in each other's way: only one at a time can. They end with their process, whatever
    they are at: a flow that hangs keeps no worker alive.
    """

    def __init__(
        self, number: int, serve: Callable[[Any], Any], done: Callable[[Any, Served], None]
    ) -> None:
        self._serve, self._done = serve, done
        self._waiting: deque[Any] = deque()
        self._lock = Lock()
        self._wake: SimpleQueue[None] = SimpleQueue()  # a Semaphore costs ten times as much
        self._number, self._started, self._awake, self._began = number, 0, 0, 0.0
        self._looked, self._used = 0.0, 0.0

    def put(self, connection: Any) -> None:
        self._waiting.append(connection)
        self.look()

    def look(self) -> bool:
        """Wake a thread where one is needed; whether somebody waits, and so to look again soon."""
        if not self._waiting:
            return False
        with self._lock:
            now = monotonic()
            if self._waiting and (
                not self._awake or (self._awake < self._number and self._is_slow(now))
            ):
                if self._awake == self._started and not self._is_one_more():
                    return True
                self._awake, self._began = self._awake + 1, now
                self._wake.put(None)
            return bool(self._waiting)

    def _is_one_more(self) -> bool:
        """Start a thread; False where the machine has none to give and others are there."""
        try:
            Thread(target=self._run, daemon=True).start()
        except RuntimeError:
            if self._started:
                return False
            raise
        self._started += 1
        return True

    def _is_slow(self, now: float) -> bool:
        if now - self._began > SLOW:  # the last to begin anything, and so all of them
            return True
        if (passed := now - self._looked) < SLOW:
            return False
        used = process_time()
        computed, self._looked, self._used = used - self._used, now, used
        return passed < 3 * SLOW and computed < passed / 2  # of longer, some nobody waited in

    def shutdown(self, wait: bool = False) -> None:  # noqa: FBT001, FBT002  # as gunicorn calls it
        """Nothing: the threads end with their process."""

    def _run(self) -> None:
        while True:
            self._wake.get()
            while (connection := self._next()) is not None:
                try:
                    outcome = self._serve(connection)
                except BaseException:  # whatever it was, the thread is needed for the next one
                    outcome = False
                self._done(connection, Served(outcome))

    def _next(self) -> Any:
        """What waits, or None for a thread that may go to sleep."""
        with self._lock:
            if not self._waiting:
                self._awake -= 1
                return None
            self._began = monotonic()
            return self._waiting.popleft()
