"""The real application as it is fuzzed: with every setting, and the recording flows."""

import logging
from typing import TYPE_CHECKING

from parley import Settings, create_app
from tests import webhook
from tests.evidence.fuzz.raw_request import SHARED_KEY
from tests.recording_flow import SOURCES

if TYPE_CHECKING:
    from flask import Flask

SETTINGS = {
    **webhook.SETTINGS,
    "TWILIO_WEBHOOK_SHARED_KEY": SHARED_KEY,
    "METRICS_TOKEN": "a-token-that-no-request-here-has",
    "EXPLAIN_REFUSALS": "on",
    "FORWARD_TO": "+15559990000",
    "MMS_SOURCE_URL": "http://127.0.0.1:1/",  # no server listens there
}
BEGINNING = 1_800_000_000
STEP, EVERY, STEPS = 61, 100, 200


class Clock:
    """Seconds since 1970: a minute more after every hundred readings, so that many refusals are
    explained, and at most three and a half hours, so that no cookie expires.
    """

    def __init__(self) -> None:
        self._readings = 0

    def __call__(self) -> float:
        self._readings += 1
        return BEGINNING + STEP * (self._readings // EVERY % STEPS)


class Log(logging.Handler):
    """The application's log, formatted as usual."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[str] = []
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.events.append(getattr(record, "event", "log"))
        self.lines.append(self.format(record))

    def clear(self) -> None:
        self.events.clear()
        self.lines.clear()


def replaced_log() -> Log:
    """Make this log Parley's only one."""
    logger, log = logging.getLogger("parley"), Log()
    logger.handlers[:] = [log]
    logger.propagate = False
    return log


def make_fuzzed_app() -> "Flask":
    return create_app(Settings.load(SETTINGS), flows=SOURCES, clock=Clock())
