"""The threads of a worker: one does all, unless it is slow (docs/decisions/0019)."""

from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread
from time import monotonic, process_time, sleep
from typing import Any

SLOW = 0.01
"""Seconds after which a thread is at something slow: a turn takes a thousandth."""
RESTED = SLOW / 10
"""Seconds of looking out after which there was nothing to do."""
QUIET = 50
"""Looks, each SLOW after the other, without anything to serve, after which nobody looks."""


class Threads:
    """Up to `number` threads. One that is awake serves what waits, and where nothing does, looks
    out itself for more: `look_out()` waits for it, and puts it here. Nothing is handed from one
    thread to another.

    `look`, to be called every SLOW seconds by somebody else, wakes another where nobody looks out
    because all that are awake are slow, or because the process computes for less than half of the
    time. Two that compute get in each other's way: only one at a time can. They end with their
    process, whatever they are at: a flow that hangs keeps no worker alive.
    """

    def __init__(
        self,
        number: int,
        look_out: Callable[[], None],
        serve: Callable[[Any], None],
        stir: Callable[[], object],
    ) -> None:
        """`stir()` is called when there is something to serve after `look` has come to rest."""
        self._look_out, self._serve, self._stir = look_out, serve, stir
        self._waiting: deque[Any] = deque()
        self._lock = Lock()
        self._wake: SimpleQueue[None] = SimpleQueue()  # a Semaphore costs ten times as much
        self._number, self._started, self._awake = number, 0, 0
        self._is_looked_out = False
        self._begun, self._began, self._rested = 0, 0.0, monotonic()
        self._looked, self._used = 0.0, 0.0
        self._seen, self._quiet, self._is_resting = 0, 0, False

    def put(self, connection: Any) -> None:
        """What waits to be served; for who looks out, or has just served."""
        self._waiting.append(connection)

    def look(self) -> bool:
        """Wake a thread where one is needed; whether to look again in SLOW seconds. If not, `stir`
        says when.
        """
        with self._lock:
            now = monotonic()
            if self._is_one_needed(now) and (self._awake < self._started or self._is_one_more()):
                self._awake, self._began = self._awake + 1, now
                self._wake.put(None)
        self._quiet = self._quiet + 1 if self._begun == self._seen else 0
        self._seen = self._begun
        self._is_resting = self._quiet >= QUIET and self._is_looked_out
        if self._begun != self._seen:  # before it could have seen that nobody looks any more
            self._is_resting = False
        return not self._is_resting

    def _is_one_needed(self, now: float) -> bool:
        if self._is_looked_out or self._awake == self._number:
            return False
        # The last to begin anything is slow, and so are all.
        return not self._awake or now - self._began > SLOW or self._is_waiting_itself(now)

    def _is_waiting_itself(self, now: float) -> bool:
        """Whether there is always something to do, and half of the time nothing is computed."""
        if now - self._rested < SLOW or (passed := now - self._looked) < SLOW:
            return False
        used = process_time()
        computed, self._looked, self._used = used - self._used, now, used
        return passed < 3 * SLOW and computed < passed / 2

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

    def shutdown(self, wait: bool = False) -> None:  # noqa: FBT001, FBT002  # as gunicorn calls it
        """Nothing: the threads end with their process."""

    def _run(self) -> None:
        while True:
            self._wake.get()
            while (do := self._next()) is not None:
                try:
                    do()
                except BaseException:  # whatever it was, the thread is needed for the next one
                    sleep(SLOW)

    def _next(self) -> Callable[[], None] | None:
        """What to do next; None for a thread that may go to sleep."""
        with self._lock:
            if self._waiting:
                connection = self._waiting.popleft()
                self._begun, self._began = self._begun + 1, monotonic()
            elif self._is_looked_out:
                self._awake -= 1
                return None
            else:
                self._is_looked_out = True
                return self._looked_out
        if self._is_resting:
            self._is_resting = False
            self._stir()
        return lambda: self._serve(connection)

    def _looked_out(self) -> None:
        began = monotonic()
        try:
            self._look_out()
        finally:
            if (now := monotonic()) - began > RESTED:
                self._rested = now
            self._is_looked_out = False
