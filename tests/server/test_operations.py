"""Secrets are changed as docs/operations.md says, on two servers that are texted all the while.

The commands are the document's own, run by a shell; only the places are other ones here.
"""

import re
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import pytest

from tests.server.running import PARLEY, ROOT, Server, printed, running, until
from tests.server.senders import Sender, all_texting, assert_unbroken, to, until_all_answered
from tests.webhook import PUBLIC_URL, SECRET, TOKEN

pytestmark = pytest.mark.live

RECIPES = (ROOT / "docs/operations.md").read_text()
STEPS = {
    title: textwrap.dedent(block)
    for title, block in re.findall(r"^ *```sh ([^\n]+)\n(.*?)^ *```$", RECIPES, re.M | re.S)
}
NEW_TOKEN = TOKEN[::-1]


@dataclass
class Place:
    """A folder of secrets, where steps of the recipes are done."""

    folder: Path

    def do(self, step: str) -> str:
        """What the commands of a step print; they must succeed."""
        parley = "/srv/parley/.venv/bin/parley"
        commands = f"{STEPS['begin']}\n{STEPS[step]}"
        assert step.endswith(("make", "keep")) or f"{parley} settings" in commands
        assert step.endswith(("make", "keep")) or f"{parley} reload" in commands
        commands = commands.replace(parley, PARLEY)
        commands = commands.replace("/etc/parley", str(self.folder))
        commands = commands.replace("/run/parley/parley.pid", str(self.folder / "parley.pid"))
        return printed(self.folder, ["/bin/sh", "-e", "-c", commands])


@dataclass
class Site(Place):
    """The same with a server that reads them."""

    server: Server
    reloads: int = 0

    def wait_for(self, shown: str) -> None:
        """Wait until the log has these fingerprints, and the old workers are gone."""
        self.reloads += 1
        session, token = (fingerprints(shown, name) for name in ("SESSION_SECRET", "TWILIO_AUTH"))
        serving = f" session_secret={session} auth_token={token}\n"

        def is_done() -> bool:
            lines = [line for line in self.server.log().splitlines(keepends=True) if line]
            last = [line for line in lines if " INFO serving " in line][self.reloads :]
            gone = sum("Worker exiting" in line for line in lines)
            return len(last) == 1 and last[0].endswith(serving) and gone == self.reloads

        until(is_done, 30)

    def memories(self) -> list[str]:
        """How each text to this server found its memory."""
        return re.findall(r" INFO turn .*? memory=(\w+)", self.server.log())


def fingerprints(shown: str, name: str) -> str:
    line = next(line for line in shown.splitlines() if line.startswith(name))
    return ",".join(re.findall(r"\b([0-9a-f]{6}) of [0-9]+ characters", line))


def sender(number: int, *sites: Site) -> Sender:
    """Somebody who texts, now one server and now the other, and whose cookie Twilio keeps."""
    ways = cycle([to(site.server) for site in sites])
    return Sender(f"+155512300{number:02}", lambda request: next(ways)(request))


def prepared(folder: Path) -> dict[str, str]:
    """The settings of a server whose secrets, and all that it is told, are in files there."""
    folder.mkdir(mode=0o700)
    (folder / "session_secret").write_text(f"{SECRET}\n")
    (folder / "auth_token").write_text(f"{TOKEN}\n")
    settings = {
        "PUBLIC_URL": PUBLIC_URL,
        "SESSION_SECRET_FILE": f"{folder}/session_secret",
        "TWILIO_AUTH_TOKEN_FILE": f"{folder}/auth_token",
    }
    lines = "".join(f"{name}={value}\n" for name, value in settings.items())
    (folder / "parley.env").write_text(lines)
    return settings


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[list[Site]]:
    """Two servers, each with a folder of its own."""
    with ExitStack() as stack:
        yield [
            Site(
                folder := tmp_path / name,
                stack.enter_context(
                    running(folder, prepared(folder), "--pid", f"{folder}/parley.pid")
                ),
            )
            for name in ("one", "two")
        ]


def everywhere(sites: list[Site], step: str) -> None:
    """Do a step on one server after the other, and wait until each runs with it."""
    for site, shown in [(site, site.do(step)) for site in sites]:
        site.wait_for(shown)


@pytest.mark.threat("S10")
def test_the_session_secret_is_changed_and_every_conversation_goes_on(sites: list[Site]) -> None:
    one, two = sites
    silent = sender(99, one, two)
    silent.text()
    senders = [sender(number, *sites) for number in range(5)]
    with all_texting(senders):
        until_all_answered(senders, 4)
        one.do("session: make")
        (two.folder / "session_secret.new").write_bytes(
            (one.folder / "session_secret.new").read_bytes()
        )
        for site in sites:
            site.do("session: keep")
        everywhere(sites, "session: second")
        everywhere(sites, "session: first")
        until_all_answered(senders, 4)  # in four hours everybody has texted, or is forgotten
        everywhere(sites, "session: alone")
        until_all_answered(senders, 4)
    assert_unbroken(senders)
    assert {*one.memories(), *two.memories()} == {"new", "continued"}

    files = {each.name: each.stat().st_mode & 0o777 for each in one.folder.iterdir()}
    assert files["session_secret"] == 0o600
    assert not {"session_secret.new", "session_secret.old", "session_secret.next"} & set(files)
    assert SECRET not in (one.folder / "session_secret").read_text()

    silent.text()
    assert len(silent.restarted) == 1, "its secret is gone"
    assert two.memories()[-1] == "foreign"


def test_a_secret_that_one_server_does_not_know_yet_ends_conversations(sites: list[Site]) -> None:
    """Why the new one comes second first: the same commands in the wrong order."""
    one, two = sites
    alice = sender(1, one, one, two)
    alice.text()
    one.do("session: make")
    one.do("session: keep")
    everywhere([one], "session: first")
    alice.text()
    assert_unbroken([alice])  # the server itself knows both
    alice.text()
    assert len(alice.restarted) == 1
    assert two.memories() == ["foreign"]


@pytest.mark.threat("S12")
def test_the_auth_token_is_changed_and_no_text_is_refused(sites: list[Site]) -> None:
    senders = [sender(number, *sites) for number in range(5)]
    with all_texting(senders):
        until_all_answered(senders, 4)
        for site in sites:
            (site.folder / "auth_token.new").write_text(NEW_TOKEN)
            site.do("token: keep")
        everywhere(sites, "token: second")
        for each in senders:  # the promotion: Twilio signs with the other from now on
            each.token = NEW_TOKEN
            until_all_answered(senders, 4)  # one after the other, so that both sign for a while
        everywhere(sites, "token: first")
        everywhere(sites, "token: alone")
        until_all_answered(senders, 4)
    assert_unbroken(senders)
    for site in sites:
        assert " status=403 " not in site.server.log()
        stale = sender(99, site)
        stale.text()
        assert stale.lost[0].startswith("status 403 ")
        assert " status=403 " in site.server.log()


def test_a_wrong_secret_is_noticed_before_it_is_in_place(tmp_path: Path) -> None:
    one = Place(tmp_path / "one")
    prepared(one.folder)
    one.do("session: keep")
    (one.folder / "session_secret.new").write_text("too short")
    with pytest.raises(AssertionError, match="SESSION_SECRET has 9 characters"):
        one.do("session: second")
    assert (one.folder / "session_secret").read_text() == f"{SECRET}\n"


@pytest.mark.threat("S23")
def test_a_secret_in_a_file_is_in_no_environment_and_on_no_command_line(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    with running(folder, prepared(folder)) as server:
        pids = re.findall(r"Booting worker with pid: ([0-9]+)", server.log())
        assert pids
        for pid in [str(server.process.pid), *pids]:
            for file in ("environ", "cmdline"):
                shown = Path("/proc", pid, file).read_bytes()
                assert shown
                assert not any(each.encode() in shown for each in (SECRET, TOKEN))


def test_a_development_server_says_nothing_of_its_secrets(development_server: Server) -> None:
    assert "Parley answers at" in development_server.log()
    assert "serving" not in development_server.log()


def test_every_step_of_the_recipes_is_done_here() -> None:
    source = Path(__file__).read_text()
    assert len(STEPS) == 10
    for step in STEPS:
        assert f'"{step}"' in source or f"'{step}'" in source, step
