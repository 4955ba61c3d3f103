"""The metrics of conversations in a database."""

from collections.abc import Callable

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from parley.memory import counts as counted
from parley.testing import Clock
from tests.server.running import free_port
from tests.webhook import Twilio

TOKEN = "m" * 32


def metrics(server: Flask) -> dict[str, float]:
    answer = server.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    return {
        f"{sample.labels['flow']} {sample.labels['state']}": sample.value
        for family in text_string_to_metric_families(answer.text)
        if family.name == "parley_conversations"
        for sample in family.samples
    }


@pytest.fixture
def make_counting(make_server: Callable[..., Flask]) -> Callable[..., Flask]:
    return lambda **changed: make_server(METRICS_TOKEN=TOKEN, **changed)


def test_pending_conversations_are_counted_by_script(
    make_counting: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(counted, "SHORTEST", 0)
    monkeypatch.setattr(counted, "SHARE", 0)
    server = make_counting()
    client = server.test_client(use_cookies=False)
    waiting = "sign-up waiting"
    assert metrics(server)[waiting] == 0
    for number in range(3):
        Twilio(client, from_=f"+1555123000{number}").hears("sign-up")
    Twilio(client, from_="+15551230009").hears("counter")
    found = metrics(server)
    assert (found[waiting], found["counter waiting"]) == (3, 0)
    clock.later(4 * 3_600 - 1)
    assert metrics(server)[waiting] == 3
    clock.later(1)
    assert metrics(server)[waiting] == 0


def test_they_are_counted_at_most_every_ten_seconds(make_counting: Callable[..., Flask]) -> None:
    server = make_counting()
    assert metrics(server)["sign-up waiting"] == 0
    Twilio(server.test_client(use_cookies=False)).hears("sign-up")
    assert metrics(server)["sign-up waiting"] == 0


def test_without_the_database_the_other_metrics_are_served(
    make_counting: Callable[..., Flask],
) -> None:
    away = f"postgresql://parley@127.0.0.1:{free_port()}/parley"
    assert metrics(make_counting(DATABASE_URL=away)) == {}
