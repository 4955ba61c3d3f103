import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import sms
from tests.outside.rest import StandIn, rest
from tests.server.relay import Relay, relayed
from tests.server.running import OURS, finished, running
from tests.twilio import SECRET, TOKEN

Run = Callable[..., subprocess.CompletedProcess[str]]
InProcess = Callable[..., Result]


@pytest.fixture
def flask_sms(tmp_path: Path) -> Run:
    """Run `flask sms …` as a person would, in a folder and with these settings only."""

    def run(
        *arguments: str, folder: Path = tmp_path, **settings: str
    ) -> subprocess.CompletedProcess[str]:
        return finished(folder, "flask", "sms", *arguments, **settings)

    return run


@pytest.fixture
def in_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InProcess:
    """Run `flask sms …` in this process, where a process of its own would show nothing more."""

    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(OURS)]:
        monkeypatch.delenv(name)

    def run(*arguments: str, **settings: str) -> Result:
        return CliRunner().invoke(sms, arguments, env=settings, prog_name="flask sms")

    return run


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    """A server of ours behind a proxy that speaks https: what stands on the internet."""
    folder = tmp_path_factory.mktemp("deployed")
    with relayed(folder) as relay:
        settings = {"PUBLIC_URL": relay.url, "TWILIO_AUTH_TOKEN": TOKEN, "SESSION_SECRET": SECRET}
        with running(folder, {**settings, "WEB_CONCURRENCY": "1"}) as server:
            relay.behind = server.port
            yield relay


@pytest.fixture
def deployment(deployed: Relay) -> Relay:
    """The deployment, with nothing that an earlier test has spoilt."""
    deployed.well()
    return deployed


@pytest.fixture
def twilio_rest(tmp_path: Path) -> Iterator[StandIn]:
    with rest(tmp_path) as stand_in:
        yield stand_in
