"""The mutation check of `make prove-long`: its reasons fit the code, and it reads a change well."""

from pathlib import Path

import pytest

from prove.mutation import row
from prove.mutation.explaining import Change, Mutant, change_in, explanations

ROOT = Path(__file__).parents[1]
DIFF = """\
# app.wire.x.x_one__mutmut_3: survived
--- app/wire/x.py
+++ app/wire/x.py
@@ -5,4 +5,4 @@
     if each:
-        return f(
-            one, two
+        return f(
+            one, None
         )
"""
CHANGE = Change("app/wire/x.py", "return f( one, two", "return f( one, None")


@pytest.mark.parametrize("change", explanations(), ids=lambda change: change.becomes)
def test_an_explanation_is_about_code_that_is_there_and_gives_a_reason(change: Change) -> None:
    source = " ".join((ROOT / change.file).read_text().split())
    assert " ".join(change.was.split()) in source
    assert len(explanations()[change].split()) > 5


def test_a_change_is_read_from_its_diff() -> None:
    assert change_in(DIFF) == CHANGE


@pytest.mark.parametrize("status", ["survived", "no tests", "suspicious", "not checked"])
def test_what_is_neither_noticed_nor_explained_is_no_proof(status: str) -> None:
    explained = [Mutant("why", "survived", each) for each in explanations()]
    assert row([*explained, Mutant("a", "killed", CHANGE)]).is_proven
    assert not row([*explained, Mutant("a", status, CHANGE)]).is_proven


def test_an_explanation_that_nothing_needs_is_no_proof() -> None:
    assert not row([Mutant("a", "killed", CHANGE)]).is_proven
    assert not row([]).is_proven
