"""TLS and a socket of the file system, which nothing here uses, but options of gunicorn's do."""

import socket
import time
from pathlib import Path

import pytest

from tests.server.behind import DOMAIN, answer, trusting, write_certificate
from tests.server.running import Server, running
from tests.server.test_connections import SETTINGS, opened, text

pytestmark = pytest.mark.live


def by_tls(server: Server) -> int:
    """The status that a text by TLS is answered with."""
    with (
        opened(server) as plain,
        trusting().wrap_socket(plain, server_hostname=DOMAIN) as connection,
    ):
        connection.sendall(text())
        return answer(connection).status


def until_tls(server: Server) -> None:
    for _ in range(200):
        try:
            assert by_tls(server) == 200
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"nothing answers by TLS:\n{server.log()}")


def test_who_hangs_up_on_tls_is_counted_out(tmp_path: Path) -> None:
    """Each that hung up while it shook hands was counted for ever, until no more were let in."""
    chain, key = write_certificate(tmp_path)
    tls = ["--certfile", str(chain), "--keyfile", str(key), "--worker-connections", "8"]
    with running(tmp_path, SETTINGS, *tls, until=until_tls) as server:
        for _ in range(16):
            with opened(server) as connection:
                connection.sendall(b"\x16\x03\x01")
        assert by_tls(server) == 200


def test_who_stalls_on_a_unix_socket_keeps_no_thread_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with running(tmp_path, SETTINGS, "--bind", f"unix:{path}") as server:
        with socket.socket(socket.AF_UNIX) as slow, socket.socket(socket.AF_UNIX) as slow_too:
            for connection in (slow, slow_too):
                connection.settimeout(15)
                connection.connect(str(path))
                connection.sendall(b"P")
            assert slow.recv(1) == slow_too.recv(1) == b""
        assert server.log().count("it neither sent nor took a byte for 10 seconds") == 2
