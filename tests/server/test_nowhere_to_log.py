"""Where nothing can be logged, nothing else is lost."""

import signal
import time
from pathlib import Path

import pytest

from tests.server.running import running
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
