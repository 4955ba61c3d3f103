"""The names in docs/architecture.md exist, and its picture is drawn from the layers."""

import re

import pytest

from docs.draw_architecture import FILE, STEPS, draw
from tests.documents import BLOCK, ROOT, Document

PAGE = BLOCK.sub("", Document("docs/architecture.md").text)
NAMES = sorted(set(re.findall(r"`([^`]+)`", PAGE)))
ENGINE = ROOT / "app/parley"
SOURCE = "".join(file.read_text() for file in ENGINE.rglob("*.py"))


def test_the_picture_is_drawn_from_the_layers() -> None:
    assert FILE.read_text() == draw(), "outdated, run: python -m docs.draw_architecture"


@pytest.mark.parametrize("file", sorted({file for file, _, _ in STEPS}))
def test_the_files_on_the_path_exist(file: str) -> None:
    assert (ENGINE / file).is_file()


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_the_guide_exists(name: str) -> None:
    if name.startswith(("make ", "python ")):
        return
    if re.search(r"/|\.(py|json)$", name) or (ENGINE / name).exists():
        inside = (ENGINE / name, ENGINE / "conversation" / name, ROOT / name)
        assert any(path.exists() for path in inside)
    else:
        last = re.sub(r"\(.*", "", name).rpartition(".")[2]
        assert re.search(rf"\b{re.escape(last)}\b", SOURCE), "renamed?"
