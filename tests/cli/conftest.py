import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.settings import DEVELOPMENT_FILE, write_development_file
from tests.server.running import Server, clean_environ, free_port, running

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def development_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with development settings for a free port, as `make run` would leave it."""
    folder = tmp_path_factory.mktemp("development")
    file = folder / DEVELOPMENT_FILE
    write_development_file(file)
    file.write_text(file.read_text().replace(":8000", f":{free_port()}"))
    return folder


@pytest.fixture(scope="session")
def development_server(development_folder: Path) -> Iterator[Server]:
    settings = (development_folder / DEVELOPMENT_FILE).read_text()
    port = int(settings.partition("PUBLIC_URL=http://127.0.0.1:")[2].split()[0])
    with running(development_folder, {"PARLEY_MODE": "development"}, port=port) as server:
        yield server


@pytest.fixture
def flask_sms(tmp_path: Path) -> Run:
    """Run `flask sms …` as a person would, in a folder and with these settings only."""

    def run(
        *arguments: str, folder: Path = tmp_path, **settings: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "flask", "sms", *arguments],
            cwd=folder,
            env=clean_environ(**settings),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    return run
