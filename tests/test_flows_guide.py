"""docs/flows.md is true: its flows are served, its tests run, its transcripts played."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.conversation.manners import Manners
from app.conversation.opt_out import HELP_WORDS, STOP_WORDS
from tests.twilio import Twilio, play

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs/flows.md").read_text()
BLOCKS = re.findall(r"^```(\w*)(?: ([^\n]+))?\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
FLOWS = {
    title.removeprefix("app/flows/").removesuffix(".py"): code
    for kind, title, code in BLOCKS
    if kind == "python" and title.startswith("app/flows/")
}
TESTS = [code for kind, title, code in BLOCKS if title.startswith("tests/flows/")]
TRANSCRIPTS = [(title, told) for kind, title, told in BLOCKS if kind == "text"]


@pytest.fixture(name="twilio")
def texting_the_guides_flows(
    make_app: Callable[..., Flask], guest_flow: Callable[[str, str], None]
) -> Twilio:
    for name, code in FLOWS.items():
        guest_flow(name, code)
    return Twilio(make_app().test_client(use_cookies=False))


def test_every_block_is_run_by_a_test_below() -> None:
    assert len(BLOCKS) == len(FLOWS) + len(TESTS) + len(TRANSCRIPTS)
    assert {title for title, _ in TRANSCRIPTS} == set(FLOWS)


@pytest.mark.parametrize(("flow", "told"), TRANSCRIPTS, ids=[title for title, _ in TRANSCRIPTS])
def test_a_transcript_is_what_is_said(twilio: Twilio, flow: str, told: str) -> None:
    play(twilio, flow, told)


@pytest.mark.parametrize("code", TESTS)
def test_its_tests_pass(twilio: Twilio, code: str) -> None:
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102  # the guide's own code
    tests = [test for name, test in names.items() if name.startswith("test_")]
    assert tests
    for test in tests:
        test(twilio)


def test_every_manner_and_every_word_of_twilios_is_told() -> None:
    for name in Manners.__dataclass_fields__:
        assert f"`{name}`" in GUIDE, name
    for word in STOP_WORDS | HELP_WORDS:
        assert word in GUIDE, word


def test_every_make_command_is_there() -> None:
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"`make ([a-z-]+)", GUIDE)) <= set(targets)
