import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.server.running import finished

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def flask_sms(tmp_path: Path) -> Run:
    """Run `flask sms …` as a person would, in a folder and with these settings only."""

    def run(
        *arguments: str, folder: Path = tmp_path, **settings: str
    ) -> subprocess.CompletedProcess[str]:
        return finished(folder, "flask", "sms", *arguments, **settings)

    return run
