"""Where nothing can be logged, nothing else is lost."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.server.running import running
from tests.server.workers import reload
from tests.twilio import PUBLIC_URL, SECRET, TOKEN

pytestmark = pytest.mark.live


def test_a_reload_that_is_refused_while_the_disk_is_full_ends_no_server(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    settings = {
        "PUBLIC_URL": PUBLIC_URL,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "SESSION_SECRET_FILE": str(secret),
        "WEB_CONCURRENCY": "1",
    }
    with (
        Path("/dev/full").open("wb", buffering=0) as full,
        running(tmp_path, settings, says_to=full) as server,
    ):
        secret.write_text("")
        server.process.send_signal(signal.SIGHUP)
        time.sleep(2)
        assert server.process.poll() is None
        assert server.ask("GET", "/healthz")[0] == 200


def test_a_pipe_that_nobody_reads_holds_up_no_reload(tmp_path: Path) -> None:
    settings = {"PUBLIC_URL": PUBLIC_URL, "TWILIO_AUTH_TOKEN": TOKEN, "SESSION_SECRET": SECRET}
    reading, writing = os.pipe()
    with (
        os.fdopen(reading, "rb"),
        os.fdopen(writing, "wb", buffering=0) as pipe,
        running(tmp_path, {**settings, "WEB_CONCURRENCY": "2"}, says_to=pipe) as server,
    ):
        fill(writing)
        reload(server)
        assert server.ask("GET", "/healthz")[0] == 200


def fill(pipe: int) -> None:
    os.set_blocking(pipe, False)
    with suppress(BlockingIOError):
        while True:
            os.write(pipe, b"x" * 512)
    os.set_blocking(pipe, True)
