"""Links between the documents work. `make docs` also checks those of the built site."""

import re
from pathlib import Path

import pytest

from tests.documents import BLOCK, ROOT

PAGES = {
    path: BLOCK.sub("", path.read_text())
    for folder in (ROOT, ROOT / "docs", ROOT / "docs/agents", ROOT / "docs/decisions")
    for path in sorted(folder.glob("*.md"))
}
LINKS = [
    (path, target)
    for path, text in PAGES.items()
    for target in re.findall(r"\]\(([^)\s]+)\)", text)
    if not target.startswith(("http://", "https://"))
]


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub generates for the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize(
    ("page", "target"), LINKS, ids=[f"{path.name} {target}" for path, target in LINKS]
)
def test_a_link_points_to_an_existing_page_and_heading(page: Path, target: str) -> None:
    name, _, anchor = target.partition("#")
    path = (page.parent / name).resolve() if name else page
    assert path.exists(), target
    if anchor:
        assert anchor in anchors(PAGES[path]), target
