"""The real application as it is fuzzed: every setting on, the witness among its flows."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import app.flows
from app import Settings, create_app
from prove.fuzz.signing import PUBLIC_URL, SHARED_KEY, TOKEN

if TYPE_CHECKING:
    from flask import Flask

SETTINGS = {
    "PUBLIC_URL": PUBLIC_URL,
    "TWILIO_AUTH_TOKEN": TOKEN,
    "TWILIO_WEBHOOK_SHARED_KEY": SHARED_KEY,
    "SESSION_SECRET": "a secret that protects nothing but a fuzzer",
    "METRICS_TOKEN": "a-token-that-nothing-here-is-told",
    "EXPLAIN_REFUSALS": "on",
    "FORWARD_TO": "+15559990000",
    "MMS_SOURCE_URL": "http://127.0.0.1:1/",  # where nothing listens
}
BEGINNING = 1_800_000_000
STEP, EVERY, STEPS = 61, 100, 200


class Clock:
    """Seconds since 1970, a minute later every hundred readings, so that the doctor looks at many
    requests; within three and a half hours, so that no cookie of the beginning is over.
    """

    def __init__(self) -> None:
        self._readings = 0

    def __call__(self) -> float:
        self._readings += 1
        return BEGINNING + STEP * (self._readings // EVERY % STEPS)


class Heard(logging.Handler):
    """What the application logs, as it would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[str] = []
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.events.append(getattr(record, "event", "log"))
        self.lines.append(self.format(record))

    def forget(self) -> None:
        self.events.clear()
        self.lines.clear()


def listen() -> Heard:
    """Hear what Parley logs, instead of everyone who has heard it until now."""
    logger, heard = logging.getLogger("parley"), Heard()
    logger.handlers[:] = [heard]
    logger.propagate = False
    return heard


def parley() -> "Flask":
    flows = str(Path(__file__).with_name("flows"))
    app.flows.__path__.append(flows)
    try:
        return create_app(Settings.load(SETTINGS), clock=Clock())
    finally:
        app.flows.__path__.remove(flows)
