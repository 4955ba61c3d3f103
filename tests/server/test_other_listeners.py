"""TLS and Unix sockets, by gunicorn's options."""

import socket
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.server.behind import DOMAIN, answer, trusting, write_certificate
from tests.server.running import Server, running, until
from tests.server.test_idle_connections import SOON, kept
from tests.webhook import SETTINGS, raw_text

pytestmark = pytest.mark.live


def by_tls(server: Server) -> int:
    """Return the status of the response to a text by TLS."""
    with (
        server.connect() as plain,
        trusting().wrap_socket(plain, server_hostname=DOMAIN) as connection,
    ):
        connection.sendall(raw_text("message-number"))
        return answer(connection).status


def until_tls(server: Server) -> None:
    def answers() -> bool:
        with suppress(OSError):
            return by_tls(server) == 200
        return False

    until(answers)


def test_connections_that_end_during_the_handshake_are_released(tmp_path: Path) -> None:
    chain, key = write_certificate(tmp_path)
    tls = ["--certfile", str(chain), "--keyfile", str(key), "--worker-connections", "8"]
    with running(tmp_path, SETTINGS, *tls, until=until_tls) as server:
        for _ in range(16):
            with server.connect() as connection:
                connection.sendall(b"\x16\x03\x01")
        assert by_tls(server) == 200


def test_a_unix_socket_works_and_a_stop_closes_its_idle_connections(
    tmp_path: Path,
) -> None:
    path = tmp_path / "socket"
    with (
        running(tmp_path, SETTINGS, "--bind", f"unix:{path}") as server,
        socket.socket(socket.AF_UNIX) as connection,
    ):
        connection.settimeout(15)
        connection.connect(str(path))
        connection.sendall(kept())
        assert answer(connection).status == 200
        time.sleep(1)
        began = time.monotonic()
        server.process.terminate()
        server.process.wait(timeout=20)
        assert time.monotonic() - began < 2 * SOON
        assert connection.recv(1) == b""
