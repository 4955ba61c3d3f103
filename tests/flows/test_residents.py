"""Flows are found by file name."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import app.flows
from app.conversation import FlowError
from app.flows import residents

FLOW = "from app.conversation import Message, Reply, Session, lasting\n"


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """Write a file into a folder of flows beside ours."""
    monkeypatch.syspath_prepend(tmp_path)
    folder = tmp_path / "guests"
    folder.mkdir()
    (folder / "__init__.py").touch()

    def make(name: str, source: str) -> None:
        (folder / f"{name}.py").write_text(source)

    yield make
    import sys

    for name in [name for name in sys.modules if name.partition(".")[0] == "guests"]:
        del sys.modules[name]


def guests(tmp_path: Path) -> dict[str, object]:
    return dict(residents([str(tmp_path / "guests")], "guests"))


def test_every_file_is_a_flow_with_hyphens() -> None:
    files = {path.stem for path in Path(app.flows.__file__).parent.glob("[!_]*.py")}
    assert set(residents()) == {name.replace("_", "-") for name in files}
    assert all(flow.summary.endswith(".") for flow in residents().values())


def test_a_new_file_is_served(tmp_path: Path, write: Callable[[str, str], None]) -> None:
    write("two_words", FLOW + "def two_words(message, session): return Reply('hi')\n")
    write("_helper", "raise SystemError\n")
    assert list(guests(tmp_path)) == ["two-words"]


@pytest.mark.parametrize(
    ("name", "source", "sentence"),
    [
        ("lunch", "", "defines no lunch"),
        ("lunch", "lunch = 3", "defines no lunch"),
        ("lunch", "import nowhere", "cannot be imported: ModuleNotFoundError"),
        ("lunch", "def other(m, s): ...\nlunch = other", "is the function other; name it lunch"),
        ("lunch", FLOW + "@lasting(14401)\ndef lunch(m, s): ...", "1 to 14400"),
        ("lunch", FLOW + "@lasting(0)\ndef lunch(m, s): ...", "1 to 14400"),
        ("fallback", FLOW + "def fallback(m, s): ...", "the server's own"),
        ("status", FLOW + "def status(m, s): ...", "the server's own"),
    ],
)
def test_a_file_that_is_no_flow_is_named(
    tmp_path: Path, write: Callable[[str, str], None], name: str, source: str, sentence: str
) -> None:
    write(name, source)
    with pytest.raises(FlowError, match=sentence) as caught:
        guests(tmp_path)
    assert f"{name}.py" in str(caught.value)
