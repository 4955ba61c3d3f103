"""A log that nobody reads holds up nobody."""

import io
import logging
import os
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from app.web.unread import Unblocked, log_handler

LINE = logging.LogRecord("parley", logging.INFO, "", 0, "x" * 150, None, None)
SECOND = 1.0


@pytest.fixture
def pipe() -> Iterator[tuple[int, Unblocked]]:
    """The end that reads, and what writes into the other."""
    reading, writing = os.pipe()
    with suppress(BrokenPipeError), os.fdopen(writing, "w", buffering=1) as stream:
        yield reading, Unblocked(stream)
    os.close(reading)


def seconds_of(handler: Unblocked, lines: int) -> float:
    started = time.monotonic()
    for _ in range(lines):
        handler.handle(LINE)
    return time.monotonic() - started


def test_lines_that_nobody_reads_are_left_out_and_counted(pipe: tuple[int, Unblocked]) -> None:
    reading, handler = pipe
    assert seconds_of(handler, 3_000) < 2 * SECOND, "one waits for a second, and the rest do not"
    missing = handler.left_out
    assert 0 < missing < 3_000
    os.set_blocking(reading, False)
    read = os.read(reading, 1_048_576)
    assert read.count(b"\n") == 3_000 - missing, "whole lines"
    handler.handle(LINE)
    told = os.read(reading, 65_536).decode().splitlines()
    assert told == [
        f"{missing} log lines before this one are missing: nobody read them",
        "x" * 150,
    ]
    handler.handle(LINE)
    assert os.read(reading, 65_536).decode().splitlines() == ["x" * 150], "said once"


def test_a_reader_who_is_gone_is_no_error(
    pipe: tuple[int, Unblocked], monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, handler = pipe
    monkeypatch.setattr(logging, "raiseExceptions", False)
    with open(os.devnull) as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), reading)
    assert seconds_of(handler, 1_000) < SECOND


def test_only_what_can_be_full_is_looked_at() -> None:
    with open(os.devnull, "w") as file:  # noqa: PTH123
        assert type(log_handler(file)) is logging.StreamHandler
    assert type(log_handler(io.StringIO())) is logging.StreamHandler
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream, os.fdopen(reading):
        assert type(log_handler(stream)) is Unblocked
