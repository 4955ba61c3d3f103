"""`.ci/prose.py` finds the phrases that it lists; `make lint` rejects new ones."""

import runpy

import pytest

from tests.documents import ROOT

found = runpy.run_path(str(ROOT / ".ci/prose.py"))["found"]


@pytest.mark.parametrize(
    ("text", "habits"),
    [
        ("It begins anew.\nNobody_knows", [(1, "anew"), (2, "nobody")]),
        ("a\nWho  \n    # texts", [(2, "who texts")]),
        ("this is\nno number", [(1, "is no")]),
        ("It is not here, there is no end, is no longer here, amended", []),
    ],
)
def test_phrases_are_found_with_their_line(text: str, habits: list[tuple[int, str]]) -> None:
    assert found(text) == habits
