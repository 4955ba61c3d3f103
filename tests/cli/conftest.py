import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.server.running import clean_environ

Run = Callable[..., subprocess.CompletedProcess[str]]


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
