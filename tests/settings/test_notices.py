"""What a server says of its settings at the start, although it can run with them."""

import re
from pathlib import Path

import pytest

from parley.settings import notices
from parley.settings.notices import SECRETS

SETTINGS = Path(notices.__file__).parent


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o666])
@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_that_others_can_read_is_named(tmp_path: Path, name: str, mode: int) -> None:
    (file := tmp_path / "secret").write_text("x")
    file.chmod(mode)
    (said,) = notices.notices({f"{name}_FILE": str(file)})
    assert said.startswith(f"{name}_FILE can be read by every user of this machine: chmod 600")
    file.chmod(0o640)
    assert notices.notices({f"{name}_FILE": str(file)}) == []


def test_no_secret_is_left_out() -> None:
    sources = "".join(each.read_text() for each in SETTINGS.glob("*.py"))
    read = set(re.findall(r'source\.secrets?\("(\w+)"\)', sources))
    assert set(SECRETS) == read
