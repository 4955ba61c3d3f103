"""The threads of a worker: each outcome is told, and none of them is ever lost."""

import threading
import time
from queue import SimpleQueue
from typing import Any

import pytest

from app.web.threads import SLOW, Served, Threads


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


def test_one_thread_is_awake_where_none_is_slow() -> None:
    served: SimpleQueue[int] = SimpleQueue()
    threads = Threads(8, lambda _: threading.get_ident(), lambda _, done: served.put(done.result()))
    for number in range(200):
        threads.put(number)
    assert len({served.get(timeout=10) for _ in range(200)}) <= 2, "the machine may stall once"


def test_who_waits_behind_the_slow_is_served_by_another() -> None:
    end = threading.Event()
    told: SimpleQueue[str] = SimpleQueue()

    def serve(connection: str) -> None:
        if connection == "slow":
            end.wait(10)

    threads = Threads(3, serve, lambda connection, _: told.put(connection))
    for connection in ("slow", "slow", "quick"):
        threads.put(connection)
    looks = 0
    while threads.look():
        looks += 1
        assert looks < 1_000
        time.sleep(SLOW / 2)
    assert told.get(timeout=10) == "quick"
    end.set()
    assert [told.get(timeout=10), told.get(timeout=10)] == ["slow", "slow"]


def test_many_short_waits_are_waited_for_together() -> None:
    """Each is over before it is slow: one thread would serve a hundred a second and sleep."""

    def serve(_: int) -> int:
        time.sleep(SLOW / 2)
        return threading.get_ident()

    served: SimpleQueue[int] = SimpleQueue()
    threads = Threads(8, serve, lambda _, done: served.put(done.result()))
    for number in range(300):
        threads.put(number)
    while threads.look():
        time.sleep(SLOW)
    assert len({served.get(timeout=10) for _ in range(300)}) > 4


def test_no_more_are_served_at_once_than_there_are_threads() -> None:
    end = threading.Event()
    at_once: list[int] = []

    def serve(number: int) -> None:
        at_once.append(number)
        end.wait(10)

    threads = Threads(2, serve, lambda *_: None)
    for number in range(4):
        threads.put(number)
    for _ in range(10):
        threads.look()
        time.sleep(SLOW)
    assert sorted(at_once) == [0, 1]
    end.set()
