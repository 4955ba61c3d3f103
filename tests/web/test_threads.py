"""The threads of a worker: each outcome is told, and none of them is ever lost."""

import threading
from queue import SimpleQueue
from typing import Any

import pytest

from app.web.threads import Served, Threads


def test_every_connection_is_served_and_told_with_its_outcome() -> None:
    told: SimpleQueue[tuple[Any, Served]] = SimpleQueue()
    threads = Threads(4, lambda number: number * 2, lambda *done: told.put(done))
    for number in range(100):
        threads.put(number)
    done = [told.get(timeout=10) for _ in range(100)]
    assert sorted((number, served.result()) for number, served in done) == [
        (number, number * 2) for number in range(100)
    ]
    assert not any(served.cancelled() for _, served in done)
    threads.shutdown(wait=True)


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
def test_a_thread_outlives_whatever_is_raised_in_it(error: type[BaseException]) -> None:
    def serve(connection: str) -> bool:
        if connection == "bad":
            raise error
        return True

    told: SimpleQueue[bool] = SimpleQueue()
    threads = Threads(1, serve, lambda _, served: told.put(served.result()))
    for connection in ("bad", "good", "bad", "good"):
        threads.put(connection)
    assert [told.get(timeout=10) for _ in range(4)] == [False, True, False, True]
    threads.shutdown(wait=True)


def test_as_many_are_served_at_once_as_there_are_threads() -> None:
    together = threading.Barrier(3)
    told: SimpleQueue[int] = SimpleQueue()
    threads = Threads(3, lambda _: together.wait(timeout=10), lambda *_: told.put(1))
    for number in range(3):
        threads.put(number)
    assert [told.get(timeout=10) for _ in range(3)] == [1, 1, 1]
    threads.shutdown(wait=True)


def test_what_waits_is_served_before_the_threads_end() -> None:
    served: list[int] = []
    threads = Threads(1, served.append, lambda *_: None)
    for number in range(50):
        threads.put(number)
    threads.shutdown(wait=True)
    assert served == list(range(50))
