"""The database goes away and comes back: texts are rejected in time, and nothing is half done."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from parley.memory import database
from tests.memory import diary
from tests.memory.gate import Gate, gate_before
from tests.memory.texts import SID, rows, until_queued
from tests.server.running import until
from tests.webhook import Twilio, said

REFUSED = "The memory of this server is not available; its log says why.\n"


@pytest.fixture
def gated(database_url: str) -> Iterator[tuple[str, Gate]]:
    with gate_before(database_url) as found:
        yield found


@pytest.fixture
def gate(gated: tuple[str, Gate]) -> Gate:
    return gated[1]


@pytest.fixture
def server(make_server: Callable[..., Flask], gated: tuple[str, Gate]) -> Flask:
    return make_server(DATABASE_URL=gated[0])


@pytest.fixture
def phone(server: Flask) -> Twilio:
    return Twilio(server.test_client(use_cookies=False))


def refused_in_time(phone: Twilio, body: str, **more: str) -> TestResponse:
    began = time.monotonic()
    response = phone.text("diary", body, **more)
    assert time.monotonic() - began < 2
    assert (response.status_code, response.text) == (503, REFUSED)
    return response


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use a shorter timeout than a server does."""
    monkeypatch.setattr(database, "SECONDS", 0.5)


def test_a_text_waits_at_most_two_seconds_for_a_hanging_database(phone: Twilio, gate: Gate) -> None:
    assert phone.hears("diary", "one") == "one"
    gate.hold()
    refused_in_time(phone, "two")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("how", ["shut", "hold"])
def test_a_text_is_rejected_in_time_and_answered_when_the_database_is_back(
    phone: Twilio, gate: Gate, database_url: str, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    assert phone.hears("diary", "one") == "one"
    getattr(gate, how)()
    refused_in_time(phone, "two", MessageSid=SID)
    client = phone.client
    assert client.get("/healthz").status_code == client.get("/health").status_code == 200
    assert client.get("/ready").status_code == 503
    assert client.get("/ready").text == "The database does not respond.\n"
    lines = [each.getMessage() for each in caplog.records]
    refused = next(line for line in lines if line.startswith("refused status=503"))
    assert 'reason="the database does not respond: ' in refused
    assert refused.endswith('this server needs no restart"')
    gate.open()
    until(lambda: client.get("/ready").status_code == 200, 5)
    until(lambda: rows(database_url, "queue") == [([],)], 5)
    assert phone.hears("diary", "two", MessageSid=SID) == "one two"


def test_connections_that_broke_meanwhile_cause_no_error(phone: Twilio, gate: Gate) -> None:
    assert phone.hears("diary", "one") == "one"
    gate.shut()
    gate.open()
    assert phone.hears("diary", "two") == "one two"


@pytest.mark.usefixtures("impatient")
def test_a_database_that_stops_during_a_flow_leaves_nothing_half_done(
    phone: Twilio, gate: Gate, database_url: str
) -> None:
    with ThreadPoolExecutor() as pool:
        first = pool.submit(phone.text, "diary", "wait", MessageSid=SID)
        until_queued(database_url, 1)
        gate.shut()
        diary.MAY_END.set()
        assert first.result(5).status_code == 503
    assert rows(database_url, "version, session::text") == [(0, "{}")]
    gate.open()
    assert said(phone.text("diary", "wait", MessageSid=SID)) == ["wait"]
    assert phone.hears("diary", "two") == "wait two"


def test_a_short_outage_of_the_database_costs_no_text(
    phone: Twilio, gate: Gate, database_url: str
) -> None:
    with ThreadPoolExecutor() as pool:
        first = pool.submit(phone.text, "diary", "wait")
        until_queued(database_url, 1)
        gate.shut()
        diary.MAY_END.set()
        time.sleep(0.3)
        gate.open()
        assert said(first.result(5)) == ["wait"]


@pytest.mark.usefixtures("impatient")
def test_a_server_starts_without_the_database(
    make_server: Callable[..., Flask], gated: tuple[str, Gate], caplog: pytest.LogCaptureFixture
) -> None:
    url, gate = gated
    gate.shut()
    phone = Twilio(make_server(DATABASE_URL=url).test_client(use_cookies=False))
    assert "The database cannot be reached: OperationalError: Connection refused." in caplog.text
    refused_in_time(phone, "one")
    gate.open()
    until(lambda: phone.text("diary", "two").status_code == 200, 5)
    assert phone.hears("diary", "three") == "two three"
