"""Conversations of which some end early, and the expected counts."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from tests.webhook import Twilio

METRICS_TOKEN = "m" * 32
HELD = (
    ("sign up", "Bob", "green"),
    ("sign up", "Ann", "back", "Anne", "blue"),
    ("sign up", "Cid", "exit"),
    ("sign up", "Dee", "menu"),
    ("sign up", "thanks!", "Eve"),
    ("sign up",),
    ("appointment", "haircut", "nonsense", "tomorrow", "STOP"),
)


def hold(client: Any, later: Callable[[int], None]) -> None:
    """Hold the conversations at one webhook, each with its own number; each answer takes its time.

    `client` is that of a `Twilio`, `later` moves the clock on by so many seconds.
    """
    for number, texts in enumerate(HELD):
        twilio = Twilio(client, from_=f"+1555123000{number}")
        for body in texts:
            later(8 * number)
            assert twilio.text("", body).status_code == 200


def page_of(app: Flask) -> str:
    """The metrics of the application."""
    response = app.test_client().get(
        "/metrics",
        headers={"Authorization": f"Bearer {METRICS_TOKEN}"},
        environ_overrides={"RAW_URI": "/metrics"},
    )
    assert response.status_code == 200
    return response.text
