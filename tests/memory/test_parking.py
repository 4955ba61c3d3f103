"""Parked scripts in the tables: what an operator sees of them and does, and what is erased."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from flask import Flask

from parley import create_app
from parley.cli import sms
from parley.memory import live_state, parking
from parley.memory.retention import Retention
from parley.memory.running import is_parked
from parley.settings import Settings
from parley.testing import Clock
from tests.memory.texts import rows
from tests.webhook import ALICE, APP, SETTINGS, Twilio

DAY = 24 * 3_600
TOKEN = "0123456789" * 4
Run = Callable[..., Result]


@pytest.fixture
def server(database_url: str, clock: Clock) -> Any:
    clock.now = datetime.now(UTC).timestamp()  # the commands have the machine's time
    environ = {**SETTINGS, "DATABASE_URL": database_url, "DATABASE_CONNECTIONS": "2"}
    environ["METRICS_TOKEN"] = TOKEN
    app = create_app(Settings.load(environ), flows=["flows", "tests.worker.asking"], clock=clock)
    yield app
    app.extensions["parley"].memory.close()


@pytest.fixture
def booked(server: Flask) -> Twilio:
    """Alice has a parked script, and no other one."""
    alice = Twilio(server.test_client(use_cookies=False))
    alice.text("", "booking")
    assert alice.hears("", "Ada Lovelace").startswith("Booked, Ada Lovelace.")
    return alice


@pytest.fixture
def run(database_url: str) -> Run:
    """Run `parley conversations …`."""

    def run(*arguments: str) -> Result:
        environ = {**SETTINGS, "DATABASE_URL": database_url}
        return CliRunner().invoke(sms, ["conversations", *arguments], env=environ)

    return run


@pytest.mark.usefixtures("booked")
def test_it_is_listed_with_its_time_and_without_words(run: Run) -> None:
    (line,) = run().stdout.splitlines()
    assert re.match(r"\+1555…01  \+1555…02  booking  continues at 20\d\d-\S+Z  since 20", line)
    assert run("--flow", "booking").stdout == run().stdout
    assert "Ada" not in run("show", ALICE).stdout


def test_one_of_several_is_ended_alone(booked: Twilio, run: Run, database_url: str) -> None:
    booked.text("", "booking")
    booked.text("", "Bob")
    parked = [flow for (flow,) in rows(database_url, "flow") if is_parked(flow)]
    assert len(parked) == 2
    several = run("end", ALICE, "--flow", "booking")
    assert several.exit_code == 1
    assert all(f"--flow {flow}" in several.output for flow in parked)
    assert run("end", ALICE, "--flow", parked[0]).exit_code == 0
    assert set(rows(database_url, "flow")) == {("menu",), (parked[1],)}
    assert rows(database_url, "flow", "timers") == [(parked[1],)]


def test_a_take_over_is_of_the_conversation_and_not_of_what_is_parked(
    booked: Twilio, run: Run, clock: Clock
) -> None:
    assert run("take-over", ALICE).exit_code == 0
    assert booked.text("", "hello").data.endswith(b"<Response/>")
    assert run("give-back", ALICE).exit_code == 0
    clock.later(60)
    assert booked.hears("", "hello").startswith("Text one of these words:")


@pytest.mark.usefixtures("booked")
def test_the_live_page_and_the_metrics_show_it(
    server: Flask, database_url: str, clock: Clock
) -> None:
    now = datetime.fromtimestamp(clock(), UTC)
    with psycopg.connect(database_url) as connection:
        state = live_state.state(connection, now)
    assert state["counts"] == [{"flow": "booking", "state": "parked", "count": 1}]
    assert [(each["kind"], each["flow"]) for each in state["due"]] == [("wait", "booking")]
    assert state["conversations"][0]["state"].startswith("continues at 20")
    assert not any(secret in json.dumps(state) for secret in (ALICE, APP, "Ada"))
    headers = {"Authorization": f"Bearer {TOKEN}"}
    page = server.test_client().get("/metrics", headers=headers).text
    assert 'parley_conversations{flow="booking",state="parked"} 1.0' in page
    assert 'parley_conversations{flow="booking",state="waiting"} 0.0' in page


@pytest.mark.usefixtures("booked")
def test_its_words_are_erased_after_some_days(database_url: str, clock: Clock) -> None:
    sessions = "session::text"
    assert any("Ada" in text for (text,) in rows(database_url, sessions))
    clock.later(8 * DAY)
    with psycopg.connect(database_url, autocommit=True) as connection:
        Retention(7, lambda: datetime.fromtimestamp(clock(), UTC)).clean(connection)
    assert not any("Ada" in text for (text,) in rows(database_url, sessions))


def test_a_row_is_parked_if_its_flow_begins_with_the_sid_of_a_text() -> None:
    assert [is_parked(each) for each in ("SM1/menu", "SM1//texts/menu")] == [True, True]
    assert not any(is_parked(each) for each in ("", "menu", "booking", "/texts/menu"))
    assert [parking.home(each) for each in ("SM1/menu", "SM1//texts/menu")] == [
        "menu",
        "/texts/menu",
    ]
