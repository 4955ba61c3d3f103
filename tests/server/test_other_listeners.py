"""TLS, which nothing here switches on, but an option of gunicorn's does."""

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
