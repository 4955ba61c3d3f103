"""A process is killed between any two steps of a turn: each text is still answered once."""

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.memory import diary
from tests.memory.texts import AtOnce, Phone, rows
from tests.server.running import ROOT, clean_environ, until

IN_ITS_FLOW, SAVED, BEHIND, TWO = (f"+1555123000{digit}" for digit in "1234")


def sid(number: str, text: int = 1) -> str:
    return f"SM{number[1:]}{text:021}"


class Dying:
    """The process, and the texts that it was given."""

    def __init__(self, url: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.memory.dying", url],
            cwd=ROOT,
            env={**clean_environ(), "PYTHONPATH": "app"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def text(self, number: str, body: str, text: int = 1) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{number} {sid(number, text)} {body}\n")
        self.process.stdin.flush()

    def answered(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def dying(database_url: str) -> Iterator[Dying]:
    process = Dying(database_url)
    yield process
    process.kill()


def queued(url: str) -> dict[str, int]:
    return dict(rows(url, "person, cardinality(queue)"))


def test_a_process_is_killed_at_every_step_of_a_turn(
    dying: Dying, phone: Phone, at_once: AtOnce, database_url: str
) -> None:
    dying.text(SAVED, "one")
    assert dying.answered() == SAVED, "the text is not answered"
    dying.text(IN_ITS_FLOW, "wait")
    dying.text(TWO, "wait")
    at_once.text(phone(0, from_=BEHIND), "wait")
    until(lambda: queued(database_url) == {SAVED: 0, IN_ITS_FLOW: 1, TWO: 1, BEHIND: 1})
    dying.text(BEHIND, "two")
    dying.text(TWO, "two", 2)
    at_once.text(phone(1, from_=IN_ITS_FLOW), "two")
    until(lambda: queued(database_url) == {SAVED: 0, IN_ITS_FLOW: 2, TWO: 2, BEHIND: 2})
    at_once.text(phone(1, from_=BEHIND), "three")
    until(lambda: queued(database_url)[BEHIND] == 3)
    dying.kill()

    began = time.monotonic()
    at_once.text(phone(0, from_=IN_ITS_FLOW), "wait", MessageSid=sid(IN_ITS_FLOW))
    at_once.text(phone(0, from_=SAVED), "one", MessageSid=sid(SAVED))
    at_once.text(phone(0, from_=TWO), "two", MessageSid=sid(TWO, 2))
    diary.MAY_END.set()
    assert at_once.replies() == [
        "wait",
        "wait two",  # the killed process had this text first, and it was delivered again in time
        "wait three",  # the text before it was not delivered again
        "wait",
        "one",
        "two",
    ]
    assert time.monotonic() - began < 3
    assert sorted(diary.RAN) == ["three", "two", "two", "wait", "wait"], (
        "the text `one` ran before the crash"
    )
    assert phone(0, from_=TWO).hears("diary", "wait", MessageSid=sid(TWO)) == "two wait"
    assert set(queued(database_url).values()) == {0}
