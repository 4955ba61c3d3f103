"""The real application with two witnesses among its flows, and Alice, who has texted one."""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from app import Settings, create_app
from tests.twilio import PUBLIC_URL, SECRET, TOKEN, Twilio
from tests.witness import heard, witnesses

SETTINGS = {"PUBLIC_URL": PUBLIC_URL, "TWILIO_AUTH_TOKEN": TOKEN, "SESSION_SECRET": SECRET}


@contextmanager
def application() -> Iterator[tuple[Flask, Twilio]]:
    """Its log is written, and kept by nobody."""
    log = logging.getLogger("parley")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    with tempfile.TemporaryDirectory() as folder, witnesses(Path(folder)):
        app = create_app(Settings.load(SETTINGS))
        alice = Twilio(app.test_client(use_cookies=False))
        alice.text("witness")
        assert [turn.count for turn in heard()] == [0]
        yield app, alice
