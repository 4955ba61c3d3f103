"""The folder that workers count in, and their places there."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from app.web import shared_counts
from tests.server.running import ROOT


@pytest.mark.parametrize(
    ("taken", "free"), [([], 0), ([0], 1), ([0, 1], 2), ([1, 2], 0), ([0, 2], 1), ([3, 0, 1], 2)]
)
def test_the_lowest_place_is_free(taken: list[int], free: int) -> None:
    assert shared_counts.free_place(taken) == free


@pytest.mark.parametrize("memory", ["/dev/shm", "/nowhere"])  # noqa: S108
def test_the_folder_lives_as_long_as_its_process(tmp_path: Path, memory: str) -> None:
    code = (
        "import os, sys; from app.web import shared_counts as s; s.MEMORY = sys.argv[1]\n"
        "folder = s.make_folder(os.getuid(), os.getgid()); print(folder, flush=True)\n"
        "if os.fork() == 0: sys.exit()\n"
        "os.wait(); print(os.path.isdir(folder), oct(os.stat(folder).st_mode & 0o777))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, memory],
        cwd=ROOT,
        env={"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    folder, after_a_fork, mode = ended.stdout.split()
    assert (after_a_fork, mode) == ("True", "0o700")
    parent = Path(memory) if Path(memory).is_dir() else tmp_path
    assert Path(folder).parent == parent
    assert not Path(folder).exists()


def test_where_no_folder_can_be_made_there_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shared_counts, "MEMORY", "/nowhere")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(OSError, match="No such file"):
        shared_counts.make_folder(0, 0)
