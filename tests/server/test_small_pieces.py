"""Bodies in small pieces are answered, and cost little CPU time."""

import socket
import time
from collections.abc import Iterator

import pytest
from gunicorn.http.body import ChunkedReader
from gunicorn.http.unreader import IterUnreader

from parley.server.body import MOST_PIECES, Pieces
from tests.server.behind import answer, raw
from tests.server.running import Server, running
from tests.server.senders import FORM
from tests.server.test_idle_connections import FLOW, cpu_seconds, kept
from tests.server.workers import workers
from tests.webhook import SETTINGS


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server"), SETTINGS) as server:
        yield server


def send(connection: socket.socket, request: bytes, size: int, pause: float) -> None:
    """Send a request so that its head and each piece of its body arrive separately."""
    head, separator, body = request.partition(b"\r\n\r\n")
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(head + separator)
    for start in range(0, len(body), size):
        time.sleep(pause)
        connection.sendall(body[start : start + size])


@pytest.mark.live
@pytest.mark.parametrize("size", [1, 7, 200, 1_000])
def test_a_text_in_pieces_and_the_next_one_are_answered(server: Server, size: int) -> None:
    with server.connect() as connection:
        began = time.monotonic()
        for _ in range(2):
            send(connection, kept(), size, 0.002)
            assert answer(connection).status == 200
            connection.sendall(kept())
            assert answer(connection).status == 200
        assert time.monotonic() - began < 12, "a piece waited for the deadline of 15 seconds"


@pytest.mark.live
@pytest.mark.threat("S25")
def test_a_megabyte_in_small_pieces_costs_little(server: Server) -> None:
    """Each piece of 100 bytes used to cost 70 microseconds, a second in total."""
    size = 500_000
    headers = {"Content-Type": FORM, "X-Twilio-Signature": "A" * 27 + "="}
    request = raw("POST", FLOW, b"a" * size, headers)
    (worker,) = workers(server)
    before = cpu_seconds(worker)
    with server.connect() as connection:
        send(connection, request, 100, 0.0005)
        assert answer(connection).status == 403
    assert cpu_seconds(worker) - before < 0.15
    assert 'reason="wrong signature"' in server.log().splitlines()[-1]


@pytest.mark.live
def test_a_truncated_body_is_rejected_immediately(server: Server) -> None:
    with server.connect() as connection:
        began = time.monotonic()
        send(connection, kept()[:-20], 100, 0.002)
        connection.shutdown(socket.SHUT_WR)
        assert answer(connection).status == 403
        assert time.monotonic() - began < 5


@pytest.mark.threat("S25")
@pytest.mark.parametrize("more", [0, 1])
def test_the_pieces_of_a_chunk_are_limited(more: int) -> None:
    """The first piece has the chunk size, the others a byte each, and the last one the end."""
    size = MOST_PIECES - 2 + more
    arriving = [b"%x\r\n" % size, *[b"x"] * size, b"\r\n0\r\n\r\n"]
    chunks = ChunkedReader(None, None).parse_chunked(Pieces(IterUnreader(arriving)))
    if more:
        with pytest.raises(ConnectionResetError, match="too many pieces"):
            list(chunks)
    else:
        assert b"".join(chunks) == b"x" * size
