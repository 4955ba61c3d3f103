"""Changing secrets by docs/operations.md, on two servers that are texted all the time.

A shell runs the document's own commands; only the paths differ.
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
    """A folder of secrets, in which the steps are run."""

    folder: Path

    def do(self, step: str) -> str:
        """Run the commands of a step, which must succeed, and return their output."""
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
    """A folder of secrets with a server that reads them."""

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
        """Return the state of the cookie in each turn of this server."""
        return re.findall(r" INFO turn .*? memory=(\w+)", self.server.log())


def fingerprints(shown: str, name: str) -> str:
    line = next(line for line in shown.splitlines() if line.startswith(name))
    return ",".join(re.findall(r"\b([0-9a-f]{6}) of [0-9]+ characters", line))


def sender(number: int, *sites: Site) -> Sender:
    """A sender whose texts go to both servers in turn, and whose cookie Twilio stores."""
    ways = cycle([to(site.server) for site in sites])
    return Sender(f"+155512300{number:02}", lambda request: next(ways)(request))


def prepared(folder: Path) -> dict[str, str]:
    """Return the settings of a server whose secrets are in files of the folder."""
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
    """Two servers, each with its own folder."""
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
    """Run a step on one server after the other, and wait until each uses the result."""
    for site, shown in [(site, site.do(step)) for site in sites]:
        site.wait_for(shown)


@pytest.mark.threat("S10")
def test_a_new_session_secret_interrupts_no_conversation(sites: list[Site]) -> None:
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
        until_all_answered(
            senders, 4
        )  # in four hours, every conversation has a new cookie or has expired
        everywhere(sites, "session: alone")
        until_all_answered(senders, 4)
    assert_unbroken(senders)
    assert {*one.memories(), *two.memories()} == {"new", "continued"}

    files = {each.name: each.stat().st_mode & 0o777 for each in one.folder.iterdir()}
    assert files["session_secret"] == 0o600
    assert not {"session_secret.new", "session_secret.old", "session_secret.next"} & set(files)
    assert SECRET not in (one.folder / "session_secret").read_text()

    silent.text()
    assert len(silent.restarted) == 1, "the cookie with the retired secret must not open"
    assert two.memories()[-1] == "foreign"


def test_a_secret_that_only_one_server_has_ends_conversations(sites: list[Site]) -> None:
    """The reason for adding the new secret second first: the same commands in the wrong order."""
    one, two = sites
    alice = sender(1, one, one, two)
    alice.text()
    one.do("session: make")
    one.do("session: keep")
    everywhere([one], "session: first")
    alice.text()
    assert_unbroken([alice])  # the server itself has both
    alice.text()
    assert len(alice.restarted) == 1
    assert two.memories() == ["foreign"]


@pytest.mark.threat("S12")
def test_a_new_auth_token_causes_no_rejected_text(sites: list[Site]) -> None:
    senders = [sender(number, *sites) for number in range(5)]
    with all_texting(senders):
        until_all_answered(senders, 4)
        for site in sites:
            (site.folder / "auth_token.new").write_text(NEW_TOKEN)
            site.do("token: keep")
        everywhere(sites, "token: second")
        for each in senders:  # the promotion: now Twilio signs with the other token
            each.token = NEW_TOKEN
            until_all_answered(senders, 4)  # one after the other, so that both are used for a while
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


def test_an_invalid_secret_is_detected_before_it_is_installed(tmp_path: Path) -> None:
    one = Place(tmp_path / "one")
    prepared(one.folder)
    one.do("session: keep")
    (one.folder / "session_secret.new").write_text("too short")
    with pytest.raises(AssertionError, match="SESSION_SECRET has 9 characters"):
        one.do("session: second")
    assert (one.folder / "session_secret").read_text() == f"{SECRET}\n"


@pytest.mark.threat("S23")
def test_a_secret_file_is_not_copied_to_the_environment_or_command_line(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    with running(folder, prepared(folder)) as server:
        pids = re.findall(r"Booting worker with pid: ([0-9]+)", server.log())
        assert pids
        for pid in [str(server.process.pid), *pids]:
            for file in ("environ", "cmdline"):
                shown = Path("/proc", pid, file).read_bytes()
                assert shown
                assert not any(each.encode() in shown for each in (SECRET, TOKEN))


def test_a_development_server_does_not_print_its_secrets(development_server: Server) -> None:
    assert "Parley answers at" in development_server.log()
    assert "serving" not in development_server.log()


def test_every_step_in_the_guide_is_tested() -> None:
    source = Path(__file__).read_text()
    assert len(STEPS) == 10
    for step in STEPS:
        assert f'"{step}"' in source or f"'{step}'" in source, step
