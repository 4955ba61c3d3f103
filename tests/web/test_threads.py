"""The threads of a worker: whatever waits is served, and none of them is ever lost."""

import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

import pytest

from app.web.threads import QUIET, SLOW, Threads


class Source:
    """What the threads look out for: everything that comes is put to be served, one by one."""

    def __init__(self, number: int, serve: Callable[[Any], object]) -> None:
        self._coming: SimpleQueue[Any] = SimpleQueue()
        self.stirred: SimpleQueue[None] = SimpleQueue()
        self.served: SimpleQueue[Any] = SimpleQueue()
        self._serve = serve
        self.threads = Threads(number, self._look_out, self._served, self._stir)

    def comes(self, *connections: Any) -> None:
        for connection in connections:
            self._coming.put(connection)

    def gives(self, number: int) -> list[Any]:
        """What has become of so many of them, while somebody looks every SLOW seconds."""
        for _ in range(1_000):
            if self.served.qsize() >= number:
                return [self.served.get() for _ in range(number)]
            self.threads.look()
            time.sleep(SLOW)
        raise AssertionError(f"{self.served.qsize()} of {number} served")

    def _look_out(self) -> None:
        self.threads.put(self._coming.get())
        while not self._coming.empty():
            self.threads.put(self._coming.get())

    def _served(self, connection: Any) -> None:
        self.served.put(self._serve(connection))

    def _stir(self) -> None:
        self.stirred.put(None)


def test_everything_is_served_once() -> None:
    source = Source(4, lambda number: number * 2)
    source.comes(*range(100))
    assert sorted(source.gives(100)) == [number * 2 for number in range(100)]


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
def test_a_thread_outlives_whatever_is_raised_in_it(error: type[BaseException]) -> None:
    def serve(connection: str) -> str:
        if connection == "bad":
            raise error
        return connection

    source = Source(1, serve)
    source.comes("bad", "good", "bad", "good")
    assert source.gives(2) == ["good", "good"]


def test_one_thread_is_awake_where_none_is_slow() -> None:
    source = Source(8, lambda _: threading.get_ident())
    source.comes(*range(200))
    assert len(set(source.gives(200))) <= 2, "the machine may stall once"


def test_who_comes_while_others_are_slow_is_served_by_another() -> None:
    end = threading.Event()

    def serve(connection: str) -> str:
        if connection == "slow":
            end.wait(10)
        return connection

    source = Source(3, serve)
    source.comes("slow", "slow", "quick")
    assert source.gives(1) == ["quick"]
    source.comes("late")
    assert source.gives(1) == ["late"], "nobody looked out any more"
    end.set()
    assert source.gives(2) == ["slow", "slow"]


def test_many_short_waits_are_waited_for_together() -> None:
    """Each is over before it is slow: one thread would serve a hundred a second and sleep."""

    def serve(_: int) -> int:
        time.sleep(SLOW / 2)
        return threading.get_ident()

    source = Source(8, serve)
    source.comes(*range(300))
    assert len(set(source.gives(300))) > 4


def test_no_more_are_served_at_once_than_there_are_threads() -> None:
    end = threading.Event()
    at_once: list[int] = []

    def serve(number: int) -> None:
        at_once.append(number)
        end.wait(10)

    source = Source(2, serve)
    source.comes(*range(4))
    for _ in range(10):
        source.threads.look()
        time.sleep(SLOW)
    assert sorted(at_once) == [0, 1]
    end.set()
    source.gives(4)


def test_who_looks_may_rest_where_nothing_comes_and_is_stirred_when_something_does() -> None:
    source = Source(2, lambda number: number)
    source.comes(1)
    source.gives(1)
    looks = 0
    while source.threads.look():
        looks += 1
        assert looks <= QUIET + 10
        time.sleep(SLOW / 10)
    assert source.stirred.empty()
    source.comes(2)
    source.stirred.get(timeout=10)
    assert source.threads.look(), "there is somebody to look after again"
    assert source.gives(1) == [2]
