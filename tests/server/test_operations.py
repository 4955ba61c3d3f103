"""Secrets are changed as docs/operations.md says, on two servers that are texted all the while.

The commands are the document's own, run by a shell; only the places are other ones here.
"""

import re
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.server.running import ROOT, Server, clean_environ, running
from tests.twilio import PUBLIC_URL, SECRET, TOKEN, message, signature

pytestmark = pytest.mark.live

RECIPES = (ROOT / "docs/operations.md").read_text()
STEPS = {
    title: textwrap.dedent(block)
    for title, block in re.findall(r"^ *```sh ([^\n]+)\n(.*?)^ *```$", RECIPES, re.M | re.S)
}
NEW_TOKEN = TOKEN[::-1]


def until(happened: Callable[[], bool]) -> None:
    for _ in range(600):
        if happened():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen within thirty seconds")


@dataclass
class Place:
    """A folder of secrets, where steps of the recipes are done."""

    folder: Path

    def do(self, step: str) -> str:
        """What the commands of a step print; they must succeed."""
        flask = "/srv/parley/.venv/bin/flask"
        commands = f"{STEPS['begin']}\n{STEPS[step]}"
        assert step.endswith(("make", "keep")) or flask in commands
        commands = commands.replace(flask, f"{sys.executable} -m flask")
        commands = commands.replace("/etc/parley", str(self.folder))
        commands = commands.replace("/run/parley/parley.pid", str(self.folder / "parley.pid"))
        done = subprocess.run(
            ["/bin/sh", "-e", "-c", commands],
            env=clean_environ(),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


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

        until(is_done)

    def memories(self) -> list[str]:
        """How each text to this server found its memory."""
        return re.findall(r" INFO turn .*? memory=(\w+)", self.server.log())


def fingerprints(shown: str, name: str) -> str:
    line = next(line for line in shown.splitlines() if line.startswith(name))
    return ",".join(re.findall(r"\b([0-9a-f]{6}) of [0-9]+ characters", line))


@dataclass
class Sender:
    """Somebody who texts, now one server and now the other, and whose cookie Twilio keeps."""

    number: str
    token: str = TOKEN
    cookie: str = ""
    texts: int = 0
    wrong: list[str] = field(default_factory=list)

    def says(self, site: Site) -> str:
        form = message(from_=self.number)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": signature(f"{PUBLIC_URL}/sms/counter", form, self.token),
            **({"Cookie": self.cookie} if self.cookie else {}),
        }
        answer = site.server.ask("POST", "/sms/counter", urlencode(form).encode(), headers)
        status, body, cookies = answer
        assert status == 200, body
        self.cookie = cookies[0].partition(";")[0]
        return body.partition("<Message>")[2].partition("</Message>")[0]

    def counts_on(self, site: Site) -> None:
        """Text once; what is not the next count is kept in `wrong`."""
        count, self.texts = self.texts, self.texts + 1
        wanted = f"Your current count is {count}" if count else "Hello, thanks for the new message!"
        try:
            heard = self.says(site)
        except Exception as error:  # whatever it is: a text was lost
            heard = repr(error)
        if heard != wanted:
            self.wrong.append(f"{wanted} was to be heard, not {heard}")


@contextmanager
def texting(senders: list[Sender], sites: list[Site]) -> Iterator[Callable[[], None]]:
    """All senders text without a pause; the function waits until each has reached each server."""
    over = threading.Event()

    def text(sender: Sender) -> None:
        for site in cycle(sites):
            if over.wait(0.05) or sender.texts > 2_000:
                return
            sender.counts_on(site)

    def wait_for_each() -> None:
        texts = {sender.number: sender.texts for sender in senders}
        until(lambda: all(sender.texts > texts[sender.number] + 3 for sender in senders))

    with ThreadPoolExecutor(len(senders)) as pool:
        for sender in senders:
            pool.submit(text, sender)
        try:
            yield wait_for_each
        finally:
            over.set()


def prepared(folder: Path) -> dict[str, str]:
    """The settings of a server whose secrets, and all that it is told, are in files there."""
    folder.mkdir(mode=0o700)
    (folder / "session_secret").write_text(f"{SECRET}\n")
    (folder / "auth_token").write_text(f"{TOKEN}\n")
    settings = {
        "PUBLIC_URL": PUBLIC_URL,
        "SESSION_SECRET_FILE": f"{folder}/session_secret",
        "TWILIO_AUTH_TOKEN_FILE": f"{folder}/auth_token",
        "WEB_CONCURRENCY": "1",
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
    silent = Sender("+15551239999")
    silent.counts_on(one)
    senders = [Sender(f"+155512300{number:02}") for number in range(5)]
    with texting(senders, sites) as each_has_texted:
        each_has_texted()
        one.do("session: make")
        (two.folder / "session_secret.new").write_bytes(
            (one.folder / "session_secret.new").read_bytes()
        )
        for site in sites:
            site.do("session: keep")
        everywhere(sites, "session: second")
        everywhere(sites, "session: first")
        each_has_texted()  # in four hours everybody has, or is forgotten
        everywhere(sites, "session: alone")
        each_has_texted()
    assert [sender.wrong for sender in senders] == [[]] * 5
    assert {*one.memories(), *two.memories()} == {"new", "continued"}

    files = {each.name: each.stat().st_mode & 0o777 for each in one.folder.iterdir()}
    assert files["session_secret"] == 0o600
    assert not {"session_secret.new", "session_secret.old", "session_secret.next"} & set(files)
    assert SECRET not in (one.folder / "session_secret").read_text()

    assert silent.says(two) == "Hello, thanks for the new message!", "its secret is gone"
    assert two.memories()[-1] == "foreign"


def test_a_secret_that_one_server_does_not_know_yet_ends_conversations(sites: list[Site]) -> None:
    """Why the new one comes second first: the same commands in the wrong order."""
    one, two = sites
    alice = Sender("+15551230001")
    alice.counts_on(one)
    one.do("session: make")
    one.do("session: keep")
    everywhere([one], "session: first")
    alice.counts_on(one)
    assert alice.wrong == [], "the server itself knows both"
    assert alice.says(two) == "Hello, thanks for the new message!"
    assert two.memories() == ["foreign"]


@pytest.mark.threat("S12")
def test_the_auth_token_is_changed_and_no_text_is_refused(sites: list[Site]) -> None:
    senders = [Sender(f"+155512300{number:02}") for number in range(5)]
    with texting(senders, sites) as each_has_texted:
        each_has_texted()
        for site in sites:
            (site.folder / "auth_token.new").write_text(NEW_TOKEN)
            site.do("token: keep")
        everywhere(sites, "token: second")
        for sender in senders:  # the promotion: Twilio signs with the other from now on
            sender.token = NEW_TOKEN
            each_has_texted()  # one after the other, so that both sign for a while
        everywhere(sites, "token: first")
        everywhere(sites, "token: alone")
        each_has_texted()
    assert [sender.wrong for sender in senders] == [[]] * 5
    for site in sites:
        assert " status=403 " not in site.server.log()
        with pytest.raises(AssertionError, match="not signed by Twilio"):
            Sender("+15551239999").says(site)
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
