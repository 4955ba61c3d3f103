"""`parley check`, against a server with a database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import InProcess
from tests.server.relay import Relay, relayed
from tests.server.running import running
from tests.webhook import SECRET, TOKEN

pytestmark = pytest.mark.live


@pytest.fixture
def deployment(tmp_path: Path, database_url: str) -> Iterator[Relay]:
    with relayed(tmp_path) as relay:
        settings = {"PUBLIC_URL": relay.url, "TWILIO_AUTH_TOKEN": TOKEN, "SESSION_SECRET": SECRET}
        settings |= {"WEB_CONCURRENCY": "1", "DATABASE_URL": database_url}
        with running(tmp_path, settings) as server:
            relay.behind = server.port
            yield relay


def test_a_server_with_a_database_needs_no_cookie(in_process: InProcess, deployment: Relay) -> None:
    settings = {"PUBLIC_URL": deployment.url, "TWILIO_AUTH_TOKEN": TOKEN}
    settings["SSL_CERT_FILE"] = str(deployment.bundle)
    for _ in range(2):
        lines = in_process("check", **settings).output.splitlines()
        assert [line for line in lines if line[3:].startswith((" cookie", " memory"))] == [
            "ok  cookie: none, because the server has a database, which responds",
            "ok  memory: a second text continues the conversation",
        ]
    lines = in_process("check", "--flow", "static-reply", **settings).output.splitlines()
    assert "--  memory: static-reply answers two texts alike; --flow counter can tell" in lines
