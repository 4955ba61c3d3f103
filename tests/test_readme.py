"""The README is true: its transcripts are played, its commands run, its code is the code."""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.flows import residents
from app.phone.testing import Clock, Conversation, over_wsgi
from app.web.errors import STATUS
from tests.outside.source import PICTURE, said, sends, source
from tests.server.running import Server, clean_environ
from tests.twilio import ALICE, APP, Twilio, play

ROOT = Path(__file__).parents[1]
OURS = {
    "appointment",
    "brief-counter",
    "counter",
    "directory",
    "dynamic-reply",
    "five-letters",
    "forward",
    "message-number",
    "mms-reply",
    "reset-after-five",
    "sign-up",
    "static-reply",
}
"""The flows that come with Parley; one of its user's own needs no words in the README."""
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w+)(?: ([^\n]+))?\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def blocks(kind: str) -> list[tuple[str, str]]:
    return [(title, content) for each, title, content in BLOCKS if each == kind]


def table(heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, cells without backquotes."""
    section = README.partition(f"{heading}\n")[2]
    rows = re.search(r"^\|.*?(?=^$)", section, re.MULTILINE | re.DOTALL)
    assert rows, heading
    lines = [line.strip("| ").split(" | ") for line in rows[0].splitlines()]
    return [[cell.replace("`", "") for cell in line] for line in lines[2:]]


@pytest.fixture
def texting(make_app: Callable[..., Flask]) -> Iterator[Callable[[str], Twilio]]:
    """A number that texts an application with an owner, and a source with one picture to give."""
    with source(sends(said(PICTURE)), sends(said(b"gone"))) as (url, _):
        client = make_app(FORWARD_TO="+15550000009", MMS_SOURCE_URL=url).test_client(
            use_cookies=False
        )
        yield lambda from_: Twilio(client, from_=from_ or ALICE)


@pytest.mark.parametrize(("title", "transcript"), [each for each in blocks("text") if each[0]])
def test_a_transcript_is_what_is_said(
    texting: Callable[[str], Twilio], title: str, transcript: str
) -> None:
    flow, *given = title.split()
    named = dict(each.split("=") for each in given)
    first = {"MessageSid": named["sid"]} if "sid" in named else {}
    play(texting(named.get("from", "")), flow, transcript, **first)


def test_every_flow_has_its_transcript() -> None:
    assert {title.split()[0] for title, _ in blocks("text") if title} == OURS


@pytest.mark.parametrize("command", [content for _, content in blocks("console")])
@pytest.mark.usefixtures("development_server")
def test_a_command_prints_what_it_says(development_folder: Path, command: str) -> None:
    first, *expected = command.splitlines()
    flask = f"{shlex.quote(sys.executable)} -m flask"
    assert first.startswith("$ .venv/bin/flask sms ")
    ended = subprocess.run(
        ["/bin/sh", "-c", first.removeprefix("$ ").replace(".venv/bin/flask", flask)],
        cwd=development_folder,
        env=clean_environ(),
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert ended.stdout.splitlines() == expected


def test_every_make_command_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", README, re.MULTILINE))
    assert {"run", "text", "test", "bench", "check"} <= named <= targets


def test_the_flow_of_ones_own_passes_its_own_tests(
    make_app: Callable[..., Flask], guest_flow: Callable[[str, str], None], clock: Clock
) -> None:
    (flow_file, flow), (test_file, test), (_, forgets) = blocks("python")
    assert (flow_file, test_file) == ("app/flows/lunch.py", "tests/flows/test_lunch.py")
    assert len([line for line in flow.splitlines() if line]) <= 10
    guest_flow("lunch", flow)
    app = make_app()
    names: dict[str, Any] = {}
    exec(test + forgets, names)  # noqa: S102  # the README's own code
    names["test_it_takes_an_order"](Twilio(app.test_client(use_cookies=False)))
    send = over_wsgi(app)
    names["test_it_forgets_an_order"](lambda: Conversation(send, clock, ALICE, APP))


def test_every_flow_is_listed_with_its_summary() -> None:
    listed = dict(table("## The flows that are there"))
    flows = residents()
    assert listed == {name: flows[name].summary for name in OURS}


def test_every_setting_is_listed() -> None:
    example = (ROOT / ".env.example").read_text()
    names = re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE)
    assert sorted(row[0] for row in table("## Settings")) == sorted(names)


def test_every_refusal_is_listed() -> None:
    statuses = [int(row[0]) for row in table("## When it refuses")]
    assert statuses == [*STATUS.values(), 500]


def test_every_reason_of_a_403_is_listed() -> None:
    source = "".join(
        (ROOT / f"app/{file}.py").read_text() for file in ("wire/signature", "web/door")
    )
    reasons = set(re.findall(r'SignatureError\(\s*"([a-z ]+)"', source))
    assert {row[0] for row in table("The reasons of a 403, as the log gives them:")} == reasons


@pytest.mark.usefixtures("development_server")
def test_the_log_line_is_as_it_is_shown(
    development_server: Server, development_folder: Path
) -> None:
    shown = next(
        line
        for _, block in blocks("text")
        for line in block.splitlines()
        if "turn" in line and "INFO" in line
    )
    subprocess.run(
        [sys.executable, "-m", "flask", "sms", "text", "counter", "hi", "hi"],
        cwd=development_folder,
        env=clean_environ(),
        timeout=30,
        check=True,
        capture_output=True,
    )
    real = development_server.log().splitlines()[-1]
    for varying in (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", r"sid=\S+", r"ms=\S+"):
        shown, real = re.sub(varying, "*", shown), re.sub(varying, "*", real)
    assert real == shown
