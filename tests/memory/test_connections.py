"""The connection pool: its limit, its order and its timeouts."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait

import psycopg
import pytest

from parley.memory.connections import Connections, NoConnection
from parley.memory.presence import break_off


@pytest.fixture
def connections(database_url: str) -> Iterator[Connections]:
    made = Connections(database_url, 2)
    yield made
    made.close()


def soon(seconds: float = 5) -> float:
    return time.monotonic() + seconds


def test_the_pool_stays_within_its_limit_and_serves_every_caller(connections: Connections) -> None:
    def use(_: int) -> int:
        with connections.use(soon()) as connection:
            connection.execute("SELECT pg_sleep(0.005)")
            return connection.info.backend_pid

    with ThreadPoolExecutor(10) as pool:
        used = list(pool.map(use, range(60)))
    assert (len(used), len(set(used))) == (60, 2)


def test_the_most_recently_used_connection_is_used_first(connections: Connections) -> None:
    with connections.use(soon()) as first, connections.use(soon()) as second:
        assert first is not second
    with connections.use(soon()) as again:
        assert again is first, "not the connection that was returned last"


def test_waiting_callers_are_served_in_order(connections: Connections) -> None:
    served: list[int] = []

    def use(number: int) -> None:
        with connections.use(soon()):
            served.append(number)

    with ThreadPoolExecutor(6) as pool, connections.use(soon()):
        with connections.use(soon()):
            waiting = []
            for number in range(6):
                waiting.append(pool.submit(use, number))
                time.sleep(0.02)
            assert served == []
        wait(waiting)
    assert served == [0, 1, 2, 3, 4, 5]


def test_a_caller_that_times_out_takes_no_connection(connections: Connections) -> None:
    with (
        connections.use(soon()),
        connections.use(soon()),
        pytest.raises(NoConnection),
        connections.use(soon(0.05)),
    ):
        pass
    with connections.use(soon()), connections.use(soon()):
        pass


def test_a_broken_connection_is_replaced(connections: Connections) -> None:
    with connections.use(soon()) as broken:
        break_off(broken)
        with pytest.raises(psycopg.OperationalError):
            broken.execute("SELECT 1")
    with connections.use(soon()) as first, connections.use(soon()) as second:
        assert broken not in (first, second)


def test_a_statement_has_a_timeout(connections: Connections) -> None:
    began = time.monotonic()
    with pytest.raises(psycopg.OperationalError), connections.use(soon(0.2)) as connection:
        connection.execute("SELECT pg_sleep(1)")
    assert time.monotonic() - began < 0.9


def test_a_connection_in_a_transaction_is_closed(connections: Connections) -> None:
    with connections.use(soon()) as connection:
        connection.execute("BEGIN")
    with connections.use(soon()) as another:
        assert another is not connection
