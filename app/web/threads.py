"""The threads of a worker: each serves one connection after the other (docs/decisions/0017)."""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, NamedTuple


class Served(NamedTuple):
    """What became of a connection, in the shape of the Future that gunicorn asks."""

    outcome: Any

    def result(self) -> Any:
        return self.outcome

    def cancelled(self) -> bool:
        return False


class Threads:
    """`serve(connection)` in one of `number` threads, and then `done(connection, Served)` there.

    They end with their process, whatever they are at: a flow that hangs keeps no worker alive.
    """

    def __init__(
        self, number: int, serve: Callable[[Any], Any], done: Callable[[Any, Served], None]
    ) -> None:
        self._waiting: SimpleQueue[Any] = SimpleQueue()
        self._serve, self._done = serve, done
        self._threads = [Thread(target=self._run, daemon=True) for _ in range(number)]
        for thread in self._threads:
            thread.start()

    def put(self, connection: Any) -> None:
        self._waiting.put(connection)

    def shutdown(self, wait: bool = False) -> None:  # noqa: FBT001, FBT002  # as gunicorn calls it
        """Let each thread end after what waits now."""
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads if wait else ():
            thread.join()

    def _run(self) -> None:
        while (connection := self._waiting.get()) is not None:
            try:
                outcome = self._serve(connection)
            except BaseException:  # whatever it was, the thread is needed for the next one
                outcome = False
            self._done(connection, Served(outcome))
