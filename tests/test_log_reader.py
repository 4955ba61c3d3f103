"""A log whose output is not read does not delay the server."""

import io
import logging
import os
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from parley.log_stream import NonBlockingStreamHandler, log_handler

LINE = logging.LogRecord("parley", logging.INFO, "", 0, "x" * 150, None, None)
LONG = logging.LogRecord("parley", logging.INFO, "", 0, "y" * 200_000, None, None)
Pipe = tuple[int, NonBlockingStreamHandler]


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """The reading end of a pipe, and a handler that writes to the other end."""
    reading, writing = os.pipe()
    with suppress(BrokenPipeError), os.fdopen(writing, "w", buffering=1) as stream:
        yield reading, NonBlockingStreamHandler(stream)
    os.close(reading)


def seconds_of(handler: NonBlockingStreamHandler, lines: int) -> float:
    started = time.monotonic()
    for _ in range(lines):
        handler.handle(LINE)
    return time.monotonic() - started


def test_lines_that_do_not_fit_are_dropped_and_counted(pipe: Pipe) -> None:
    reading, handler = pipe
    assert seconds_of(handler, 3_000) < 1
    missing = handler.missing
    assert 0 < missing < 3_000
    os.set_blocking(reading, False)
    read = os.read(reading, 1_048_576)
    assert read.count(b"\n") == 3_000 - missing, "a line was cut"
    handler.handle(LINE)
    told = os.read(reading, 65_536).decode().splitlines()
    assert told == [
        f"{missing} log lines before this one are missing: the log was not read",
        "x" * 150,
    ]
    handler.handle(LINE)
    assert os.read(reading, 65_536).decode().splitlines() == ["x" * 150], "reported twice"


def test_a_line_longer_than_the_pipe_is_cut_and_the_next_is_complete(pipe: Pipe) -> None:
    reading, handler = pipe
    started = time.monotonic()
    handler.handle(LONG)
    assert time.monotonic() - started < 1
    os.set_blocking(reading, False)
    read = os.read(reading, 1_048_576)
    assert read == b"y" * len(read)
    handler.handle(LINE)
    told = os.read(reading, 65_536).decode().splitlines()
    assert told[0] == ""
    assert told[1].startswith("1 log lines before this one are missing")
    assert told[2] == "x" * 150


def test_a_closed_pipe_is_not_an_error(pipe: Pipe) -> None:
    reading, handler = pipe
    with open(os.devnull) as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), reading)
    assert seconds_of(handler, 1_000) < 1
    assert handler.missing == 1_000


def test_only_what_can_be_full_is_asked() -> None:
    with open(os.devnull, "w") as file:  # noqa: PTH123
        assert type(log_handler(file)) is logging.StreamHandler
    assert type(log_handler(io.StringIO())) is logging.StreamHandler
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream, os.fdopen(reading):
        assert type(log_handler(stream)) is NonBlockingStreamHandler
