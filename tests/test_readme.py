"""The README and the reference documents are correct.

Their transcripts are played, their commands run, and their code and tables compared.
"""

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import parley
from parley import conversation
from parley.discovery import load_flows
from parley.loading import examine
from parley.settings.settings_reference import example, markdown
from parley.testing import Sms
from tests.documents import ROOT, Document
from tests.server.running import PARLEY, Server, printed
from tests.services.upstream import PICTURE, said, sends, source

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
"""The flows that come with Parley; a user's own flow needs no entry in the README."""
README = Document("README.md")
GALLERY = Document("docs/gallery.md")
OPERATIONS = Document("docs/operations.md")
REFUSALS = Document("docs/refusals.md")
SETTINGS = Document("docs/settings.md")
TRANSCRIPTS = [
    each
    for document in (README, GALLERY)
    for each in document.blocks("text")
    if each[0] and each[0] != "lunch"
]
COMMANDS = [
    content
    for document in (README, Document("docs/simulator.md"), Document("docs/replies.md"))
    for _, content in document.blocks("console")
]


@pytest.fixture
def texting(sms: Sms) -> Iterator[Sms]:
    """A phone that texts an application with FORWARD_TO and a media source of one picture."""
    with source(sends(said(PICTURE)), sends(said(b"gone"))) as (url, _):
        yield sms(settings={"FORWARD_TO": "+15550000009", "MMS_SOURCE_URL": url})


@pytest.mark.parametrize(("title", "transcript"), TRANSCRIPTS)
def test_a_flow_follows_its_transcript(texting: Sms, title: str, transcript: str) -> None:
    flow, *given = title.split()
    named = dict(each.split("=") for each in given)
    first = {"MessageSid": named["sid"]} if "sid" in named else {}
    texting(from_=named.get("from", "")).play(flow, transcript, **first)


def test_every_flow_has_a_transcript() -> None:
    assert {title.split()[0] for title, _ in TRANSCRIPTS} == OURS


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.usefixtures("development_server")
def test_a_command_prints_the_documented_output(development_folder: Path, command: str) -> None:
    first, *expected = command.splitlines()
    assert first.startswith("$ .venv/bin/parley ")
    typed = first.removeprefix("$ ").replace(".venv/bin/parley", shlex.quote(PARLEY))
    assert printed(development_folder, ["/bin/sh"], typed=typed).splitlines() == expected


def test_the_readme_stays_short() -> None:
    assert len(README.text.splitlines()) <= 180, "move the details to docs/"


def test_every_make_command_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", README.text, re.MULTILINE))
    assert {"run", "text", "test", "bench", "check"} <= named <= targets


def test_the_first_conversation_passes_its_own_test(
    sms: Sms, guest_flow: Callable[[str, str], None]
) -> None:
    (flow_file, flow), (test_file, test) = README.blocks("python")
    assert (flow_file, test_file) == ("app/flows/lunch.py", "tests/flows/test_lunch.py")
    guest_flow("lunch", flow)
    sms.play("lunch", README.block("lunch"))
    names: dict[str, Any] = {}
    exec(test, names)  # noqa: S102  # the README's own code
    names["test_an_order_can_be_corrected"](sms(from_="+15551230002"))


def test_every_flow_is_listed_with_its_summary() -> None:
    listed = dict(GALLERY.table("# Gallery"))
    flows = load_flows()
    assert listed == {name: flows[name].summary for name in OURS}


def test_the_settings_are_those_of_the_server_and_the_flows(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """To write them again: `parley settings --markdown` and `parley settings --example`."""
    monkeypatch.chdir(ROOT)
    _, declared, problems = examine(environ)
    assert not problems
    assert markdown(declared) in SETTINGS.text
    assert (ROOT / ".env.example").read_text() == example(declared)


def test_every_public_name_is_in_the_reference() -> None:
    named = set(
        re.findall(r"auto\w+:: (\w+)", Document("docs/api.md").text.partition("## Tests")[0])
    )
    assert named == {*parley._MODULES, *conversation.__all__}


def test_every_refusal_is_listed() -> None:
    statuses = [int(row[0]) for row in REFUSALS.table("# Refusals")]
    assert statuses == [414, 431, 413, 405, 403, 404, 400, 503, 500]


def test_every_reason_of_a_403_is_listed() -> None:
    files = ("twilio/signature", "request", "turn")
    source = "".join((ROOT / f"app/parley/{file}.py").read_text() for file in files)
    reasons = set(re.findall(r'SignatureError\(\s*"([a-z ]+)"', source))
    assert {row[0] for row in REFUSALS.table("## Reasons of a 403")} == reasons


@pytest.mark.usefixtures("development_server")
def test_the_documented_log_line_is_correct(
    development_server: Server, development_folder: Path
) -> None:
    shown = next(
        line
        for _, block in OPERATIONS.blocks("text")
        for line in block.splitlines()
        if "turn" in line and "INFO" in line
    )
    printed(development_folder, [PARLEY, "text", "counter", "hi", "hi"])
    real = development_server.log().splitlines()[-1]
    for varying in (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", r"sid=\S+", r"ms=\S+"):
        shown, real = re.sub(varying, "*", shown), re.sub(varying, "*", real)
    assert real == shown
