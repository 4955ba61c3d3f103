"""`parley start` and `parley worker`, as used by a person and a service manager."""

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import InProcess
from tests.cli.conftest import in_process as in_process
from tests.rest.stand_in import NUMBER, Asked, StandIn
from tests.server.running import PARLEY, ROOT, clean_environ, until
from tests.webhook import SETTINGS
from tests.worker.conftest import ALICE, BOB, CAROL, MESSAGES

Query = Callable[..., list[Any]]
HELLO = "Hello! What is your name?"


@pytest.fixture
def settings(database_url: str, twilio_rest: StandIn) -> dict[str, str]:
    """The settings of a server and its workers, with the stand-in as Twilio."""
    twilio_rest.clock = time.time
    own = {"DATABASE_URL": database_url, "SENDING_NUMBER": NUMBER, "FLOWS": "tests.worker.asking"}
    rest = {**twilio_rest.environ, "TWILIO_AUTH_TOKEN": SETTINGS["TWILIO_AUTH_TOKEN"]}
    return {**SETTINGS, **rest, **own, "QUIET_HOURS": "off", "PYTHONPATH": str(ROOT)}


@pytest.fixture
def started(settings: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Start a worker in a separate process."""
    processes = []

    def start(*arguments: str, **changed: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [PARLEY, "worker", *arguments],
            env=clean_environ(**settings, **changed),
            cwd=tmp_path,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield start
    for each in processes:
        each.kill()
        each.communicate()


def test_a_second_start_for_a_person_is_rejected_with_the_reason(
    in_process: InProcess, settings: dict[str, str], query: Query
) -> None:
    ended = in_process("start", ALICE, "visit", **settings)
    assert (ended.exit_code, ended.output) == (
        1,
        f"{ALICE}  not started: There is no record that this person agreed to texts. Say how, "
        "with --consent or consent=.\n",
    )
    arguments = ("start", ALICE, "visit", "--consent", "web form", "--answer", "Alice")
    ended = in_process(*arguments, **settings)
    assert (ended.exit_code, ended.output) == (0, f"{ALICE}  will be asked now\n")
    ended = in_process(*arguments, **settings)
    assert ended.exit_code == 1
    assert "not started: A script is running with this person" in ended.output
    assert query("SELECT body FROM parley.outbox") == ["Which day, Alice?\n1. Monday\n2. Tuesday"]


def test_the_people_in_a_file_are_asked_at_a_given_rate(
    in_process: InProcess, settings: dict[str, str], query: Query, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_text(
        f"to,consent,answer_1,answer_2\n{ALICE},web form,,\n5551230001,x,,\n{CAROL},x,Carol,\n"
    )
    ended = in_process("start", "--csv", str(file), "visit", "--rate", "0.5", **settings)
    lines = ended.output.splitlines()
    assert ended.exit_code == 1
    assert [lines[0], lines[1][:28]] == [
        f"{ALICE}  will be asked now",
        "5551230001  not started: 555",
    ]
    rows = query(
        "SELECT person, body, extract(epoch FROM next_attempt_at - created_at)::integer "
        "FROM parley.outbox ORDER BY id"
    )
    assert rows == [
        (ALICE, HELLO, 0),
        (CAROL, "Which day, Carol?\n1. Monday\n2. Tuesday", 4),
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("visit",), "Name a person, like +15551230000, or a file with --csv."),
        ((ALICE, "visit", "--csv", "x.csv"), "Name a person, like +15551230000, or a file"),
        (("visit", "--csv", "x.csv"), "x.csv cannot be read: "),
        (("visit", "--csv", "other.csv"), "other.csv needs the columns to, consent, and answer_1"),
    ],
)
def test_invalid_arguments_are_reported(
    in_process: InProcess, settings: dict[str, str], tmp_path: Path, arguments: Any, sentence: str
) -> None:
    (tmp_path / "other.csv").write_text("phone\n+15551230001\n")
    ended = in_process("start", *arguments, **settings)
    assert ended.exit_code == 2
    assert sentence in ended.output


@pytest.mark.parametrize("command", [("start", ALICE, "visit"), ("worker",)])
def test_both_need_a_database(
    in_process: InProcess, settings: dict[str, str], command: tuple[str, ...]
) -> None:
    ended = in_process(*command, **{**settings, "DATABASE_URL": ""})
    assert ended.exit_code == 1
    assert "DATABASE_URL is not set: the worker needs" in ended.output


def test_at_sigterm_a_worker_finishes_the_current_call(
    started: Callable[..., Any],
    in_process: InProcess,
    settings: dict[str, str],
    twilio_rest: StandIn,
    query: Query,
) -> None:
    may_end = threading.Event()

    def wait(asked: Asked) -> bytes | None:
        assert asked.method != "POST" or may_end.wait(20)
        return None

    twilio_rest.then = wait
    in_process("start", ALICE, "visit", "--consent", "web form", **settings)
    in_process("start", BOB, "visit", "--consent", "web form", **settings)
    worker = started(SENDS_PER_SECOND="0.01")
    until(lambda: len(twilio_rest.posted(MESSAGES)) == 1, 20)
    worker.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    assert worker.poll() is None
    may_end.set()
    assert worker.wait(20) == 0
    log = worker.stderr.read()
    assert " INFO sent " in log
    assert " INFO stopped " in log
    assert ALICE not in log
    assert query("SELECT status FROM parley.outbox ORDER BY id") == ["sent", "waiting"]
    twilio_rest.then = lambda _: None
    query("UPDATE parley.senders SET free_at = '2000-01-01'")
    assert started("--once").wait(20) == 0
    assert len(twilio_rest.messages) == 2
