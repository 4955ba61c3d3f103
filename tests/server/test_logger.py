"""gunicorn's logger, without the content of requests."""

import io
import logging
from collections.abc import Iterator

import pytest
from gunicorn.config import Config

from parley.server.logger import Logger


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    error_log = logging.getLogger("gunicorn.error")
    before = error_log.handlers[:]
    logger = Logger(Config())
    error_log.handlers = [handler]
    error_log.setLevel(logging.DEBUG)
    try:
        raise ValueError("recognisable words")
    except ValueError:
        logger.exception("Error handling request %s %s", "GET", "/sms/x?From=%2B15551230001")
    logger.debug("Ignored %s %d", OSError("recognisable words"), 3)
    logger.debug("Current configuration:\\n  raw_env: ['SESSION_SECRET=recognisable']")
    yield stream
    error_log.handlers = before


def test_neither_target_nor_texts_nor_configuration_are_logged(said: io.StringIO) -> None:
    told = said.getvalue()
    assert told.startswith("Error handling request\nTraceback (most recent call last):")
    assert "ValueError: (its words are not logged" in told
    assert "Ignored OSError 3" in told
    assert "The configuration is not logged" in told
    for secret in ("recognisable", "1555", "SESSION_SECRET"):
        assert secret not in told.replace('raise ValueError("recognisable words")', "")
