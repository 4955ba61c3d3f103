"""What a script asks in a worker is counted, in the folder of the server's metrics."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from parley import create_app
from parley.server import metrics_folder
from parley.settings import Settings
from tests.rest.stand_in import NUMBER, StandIn
from tests.server.running import PARLEY, ROOT, completed
from tests.webhook import SETTINGS, Twilio
from tests.worker.conftest import ALICE, BOB

Query = Callable[..., list[Any]]
ASKED = 'parley_questions_total{event="asked",flow="booking",question="coming"}'


@pytest.fixture
def settings(database_url: str, twilio_rest: StandIn) -> dict[str, str]:
    twilio_rest.clock = time.time
    own = {"DATABASE_URL": database_url, "FLOWS": "tests.worker.asking", "QUIET_HOURS": "off"}
    rest = {**twilio_rest.environ, "TWILIO_AUTH_TOKEN": SETTINGS["TWILIO_AUTH_TOKEN"]}
    return {**SETTINGS, **rest, **own, "METRICS_TOKEN": "0123456789" * 4, "PYTHONPATH": str(ROOT)}


def ask(settings: dict[str, str], query: Query, number: str) -> None:
    """Let a script wait for its next question, and its time come."""
    app = create_app(Settings.load({**settings, "METRICS_TOKEN": ""}))
    phone = Twilio(app.test_client(use_cookies=False), from_=number, to=NUMBER)
    for body in ("hi", "Alice"):
        phone.text("booking", body)
    app.extensions["parley"].memory.close()
    query("UPDATE parley.timers SET due_at = now()")


def counted(folder: Path) -> float:
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
    lines = generate_latest(registry).decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(ASKED))


def test_a_question_that_a_worker_asks_is_counted(
    settings: dict[str, str], query: Query, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "metrics"
    own = {**settings, metrics_folder.VARIABLE: str(folder)}
    for position, number in enumerate((ALICE, BOB), 1):
        ask(settings, query, number)
        ended = completed(tmp_path, [PARLEY, "worker", "--once"], **own)
        assert ended.returncode == 0, ended.stderr
        assert " resumed " in ended.stderr
        assert counted(folder) == position
        assert len([*folder.glob("counter_*.db")]) == 1, "the second goes on in the first's file"
    monkeypatch.setenv(metrics_folder.VARIABLE, str(folder))
    (folder / "counter_0.db").write_bytes(b"")
    metrics_folder.make(os.getuid(), os.getgid())
    assert [each.name for each in folder.glob("counter_*.db")] == ["counter_worker-0.db"]


def test_without_a_folder_or_a_token_nothing_is_counted(
    settings: dict[str, str], query: Query, tmp_path: Path
) -> None:
    ask(settings, query, ALICE)
    own = {**settings, "METRICS_TOKEN": "", metrics_folder.VARIABLE: str(tmp_path / "metrics")}
    assert completed(tmp_path, [PARLEY, "worker", "--once"], **own).returncode == 0
    assert [*(tmp_path / "metrics").glob("*.db")] == []
