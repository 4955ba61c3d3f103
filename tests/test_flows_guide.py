"""docs/flows.md and docs/agents/SKILL.md are correct: their flows are served, their tests pass,
their transcripts are played.
"""

import csv
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from parley.conversation.flow import LONGEST_LIFETIME
from parley.conversation.replay import MOST_STEPS
from parley.conversation.script_options import ScriptOptions
from parley.conversation.script_steps import LONGEST_TEXT
from parley.conversation.sentences import TOO_LATE
from parley.memory.rows import ROW_BYTES
from parley.services import twilio_services
from parley.services.http import DEADLINE, MAX_BYTES
from parley.services.twilio_api import TwilioApi
from parley.testing import Sms
from parley.twilio.facts import (
    BODY_UNITS,
    COOKIE_BYTES,
    COOKIE_SECONDS,
    HELP_WORDS,
    MEDIA,
    STOP_WORDS,
    TWIML_BYTES,
    WEBHOOK_SECONDS,
)
from tests.documents import BLOCK, Document
from tests.http_server import Handler, Server, serving
from tests.memories import environ as environ
from tests.memories import served as served
from tests.memories import sms as sms
from tests.rest.stand_in import ACCOUNT, AUTH_TOKEN, NUMBER, rest_by_http

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs/flows.md").read_text()
SKILL = (ROOT / "docs/agents/SKILL.md").read_text()
BLOCKS = BLOCK.findall(GUIDE + SKILL)
FLOWS = {
    title.removeprefix("app/flows/").removesuffix(".py"): code
    for kind, title, code in BLOCKS
    if kind == "python" and title.startswith("app/flows/")
}
TESTS = [code for kind, title, code in BLOCKS if title.startswith("tests/flows/")]
PROJECT = {title: code for kind, title, code in BLOCKS if title.startswith("shop/")}
"""The files of an application that uses Parley; tests/test_own_project.py serves them."""
ANSWERS = {"/orders": {"number": 17}, "/hook": None}
"""The responses of the server that the guide's flows call, by path."""
AFTER = "* 4 hours later\n        > tea\n"
LATE = AFTER, f"{AFTER}        < {TOO_LATE}\n"
"""A late text without a reply, and with the reply that a database makes possible."""
EVENTS = [json.loads(code) for kind, _, code in BLOCKS if kind == "json"]
"""The events that a webhook receives."""
TRANSCRIPTS = [(title, told) for kind, title, told in BLOCKS if kind == "text" and title]
(DIFF,) = [text for kind, title, text in BLOCKS if kind == "text" and not title]


@pytest.fixture(autouse=True)
def _with_the_flows_of_the_guide(guest_flow: Callable[[str, str], None]) -> None:
    for name, code in FLOWS.items():
        guest_flow(name, code)


@pytest.fixture
def asked() -> list[tuple[str, Any]]:
    """The path and JSON body of each POST to the other server."""
    return []


@pytest.fixture
def guide_sms(sms: Sms, tmp_path: Path, asked: list[tuple[str, Any]]) -> Iterator[Sms]:
    """A phone that texts the guide's flows, with their settings and the server that they call."""

    class Kitchen(Handler):
        def do_POST(self) -> None:
            asked.append((self.path, json.loads(self.body())))
            self.answer(json.dumps(ANSWERS[self.path]).encode())

    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (pictures / "menu.jpg").write_bytes(b"jpeg")
    with serving(Server(Kitchen)) as kitchen, rest_by_http() as (stand_in, elsewhere):
        stand_in.media["ME" + "f6" * 16] = ("image/jpeg", b"jpeg")
        api = TwilioApi(ACCOUNT, ACCOUNT, AUTH_TOKEN, elsewhere)
        yield sms(
            to=NUMBER,
            services=twilio_services(api, str(tmp_path)),
            settings={
                "MEDIA_FOLDER": str(pictures),
                "KITCHEN_URL": kitchen.url,
                "WORKSHOP_URL": kitchen.url,
                "ANSWERS_FOLDER": str(tmp_path),
                "ANSWERS_WEBHOOK_URL": f"{kitchen.url}/hook",
                "ANSWERS_WEBHOOK_SECRET": "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            },
        )


def test_every_code_block_has_a_test_below() -> None:
    assert len(BLOCKS) == sum(map(len, (FLOWS, PROJECT, TESTS, TRANSCRIPTS, [DIFF], EVENTS)))
    assert {title.replace("-", "_") for title, _ in TRANSCRIPTS} == set(FLOWS)


@pytest.mark.parametrize(("flow", "told"), TRANSCRIPTS, ids=[title for title, _ in TRANSCRIPTS])
def test_a_flow_follows_its_transcript(guide_sms: Sms, flow: str, told: str) -> None:
    guide_sms.play(flow, told)


def test_a_transcript_that_differs_is_shown_as_a_diff(guide_sms: Sms) -> None:
    with pytest.raises(AssertionError) as caught:
        guide_sms.play("lunch", "> hi\n< What do you want?")
    assert f"AssertionError: {caught.value}\n" == DIFF


def test_the_answers_are_delivered(
    guide_sms: Sms, tmp_path: Path, asked: list[tuple[str, Any]]
) -> None:
    transcripts = dict(TRANSCRIPTS)
    guide_sms.play("waiting-list", transcripts["waiting-list"])
    assert asked == [("/hook", event) for event in EVENTS]
    guide_sms.play("feedback", transcripts["feedback"])
    with (tmp_path / "feedback.csv").open(encoding="utf-8-sig", newline="") as file:
        header, row = csv.reader(file)
    assert header == ["id", "finished_at", "stars", "why"]
    assert row[2:] == ["4", "'=quick & friendly"]


@pytest.mark.parametrize("code", TESTS)
def test_the_tests_in_the_guide_pass(sms: Sms, environ: dict[str, str], code: str) -> None:
    names: dict[str, Any] = {}
    if "DATABASE_URL" in environ:  # it knows of the expired conversation
        code = code.replace(*LATE)
    exec(code, names)  # noqa: S102  # the guide's own code
    tests = [test for name, test in names.items() if name.startswith("test_")]
    assert tests
    for test in tests:
        test(sms)


def test_every_script_option_and_opt_out_keyword_is_documented() -> None:
    for name in ScriptOptions.__dataclass_fields__:
        assert f"`{name}`" in GUIDE, name
    for word in STOP_WORDS | HELP_WORDS:
        assert word in GUIDE, word


def test_every_make_command_exists() -> None:
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"`make ([a-z-]+)", GUIDE + SKILL)) <= set(targets)


def test_the_limits_are_those_of_the_code() -> None:
    values = " ".join(value for _, value, _ in Document("docs/flows.md").table("## Limits"))
    assert f"{COOKIE_SECONDS // 3_600} hours" in values
    assert f"{LONGEST_LIFETIME // 86_400} days" in values
    assert f"{WEBHOOK_SECONDS} seconds" in values
    assert f"{DEADLINE:.0f} seconds, {MAX_BYTES:,} bytes" in values
    assert f"{MEDIA} pictures" in values
    for number in (COOKIE_BYTES, ROW_BYTES, TWIML_BYTES, BODY_UNITS, LONGEST_TEXT, MOST_STEPS):
        assert f"{number:,}" in values
