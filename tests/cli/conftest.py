import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from parley.cli import sms
from tests.rest.stand_in import StandIn, rest
from tests.server.relay import Relay, relayed
from tests.server.running import OURS, PARLEY, completed, running
from tests.webhook import SECRET, TOKEN

Run = Callable[..., subprocess.CompletedProcess[str]]
InProcess = Callable[..., Result]


@pytest.fixture
def process(tmp_path: Path) -> Run:
    """Run `parley …` in a separate process, in a folder and with these settings only."""

    def run(
        *arguments: str, folder: Path = tmp_path, **settings: str
    ) -> subprocess.CompletedProcess[str]:
        return completed(folder, [PARLEY, *arguments], **settings)

    return run


@pytest.fixture
def in_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InProcess:
    """Run `parley …` in this process, if a separate process would not test more."""

    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(OURS)]:
        monkeypatch.delenv(name)

    def run(*arguments: str, **settings: str) -> Result:
        return CliRunner().invoke(sms, arguments, env=settings, prog_name="parley")

    return run


@pytest.fixture
def parley(in_process: InProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run it in a folder, and return the result as for a process."""

    def run(
        *arguments: str, folder: Path = tmp_path, **settings: str
    ) -> subprocess.CompletedProcess[str]:
        monkeypatch.chdir(folder)
        ended = in_process(*arguments, **settings)
        if not isinstance(ended.exception, SystemExit | None):
            raise ended.exception
        code, said = ended.exit_code, ended.stderr
        return subprocess.CompletedProcess(arguments, code, ended.stdout, said)

    return run


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    """A Parley server behind a proxy with HTTPS, as in a deployment."""
    folder = tmp_path_factory.mktemp("deployed")
    with relayed(folder) as relay:
        settings = {"PUBLIC_URL": relay.url, "TWILIO_AUTH_TOKEN": TOKEN, "SESSION_SECRET": SECRET}
        with running(folder, settings) as server:
            relay.behind = server.port
            yield relay


@pytest.fixture
def deployment(deployed: Relay) -> Relay:
    """The deployment, with its initial behaviour in each test."""
    deployed.well()
    return deployed


@pytest.fixture
def twilio_rest(tmp_path: Path) -> Iterator[StandIn]:
    with rest(tmp_path) as stand_in:
        yield stand_in
