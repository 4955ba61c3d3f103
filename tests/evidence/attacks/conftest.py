import pytest
from flask import Flask

from parley import Settings, create_app
from tests.recording_flow import SOURCES, recorded
from tests.webhook import SETTINGS, Twilio


@pytest.fixture(name="app")
def app_with_recording_flows() -> Flask:
    return create_app(Settings.load(SETTINGS), flows=SOURCES)


@pytest.fixture
def alice(app: Flask) -> Twilio:
    """Alice, after two texts."""
    alice = Twilio(app.test_client(use_cookies=False))
    recorded()
    for _ in range(2):
        alice.text("recorder")
    assert [turn.count for turn in recorded()] == [0, 1]
    return alice
