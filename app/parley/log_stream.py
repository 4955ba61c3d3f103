"""Non-blocking log output: no turn waits for the reader of the log."""

import logging
import os
import select
import stat
from typing import TextIO

PIECE = 4_096
"""Bytes that a ready pipe accepts without blocking (PIPE_BUF of Linux)."""

system_poll = select.poll
"""A non-blocking poll. The server sets the system's, because gevent's switches greenlets."""


def log_handler(stream: TextIO) -> "logging.StreamHandler[TextIO]":
    """Return the handler for a stream; only a pipe or a socket can be full."""
    try:
        mode = os.fstat(stream.fileno()).st_mode
    except (OSError, ValueError):  # not a file descriptor
        return logging.StreamHandler(stream)
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        return NonBlockingStreamHandler(stream)
    return logging.StreamHandler(stream)


class NonBlockingStreamHandler(logging.StreamHandler[TextIO]):
    """Writes lines that its stream accepts without blocking, and drops the others.

    The number of dropped lines is logged as soon as the stream accepts lines again.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._file = stream.fileno()
        self._poll = system_poll()
        self._poll.register(self._file, select.POLLOUT)
        self._is_cut = False
        self.missing = 0

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception:  # a wrong format is the caller's mistake
            self.handleError(record)
            return
        if self.missing:
            line = f"{self._note()}\n{line}"
        if self._is_cut:
            line = f"\n{line}"
        if self._write(f"{line}\n".encode(errors="backslashreplace")):
            self.missing = 0
        else:
            self.missing += 1

    def _note(self) -> str:
        told = f"{self.missing} log lines before this one are missing: the log was not read"
        return self.format(logging.LogRecord("parley", logging.WARNING, "", 0, told, None, None))

    def _write(self, line: bytes) -> bool:
        """Write a line without blocking; return whether the whole line was written."""
        written = 0
        while written < len(line):
            try:
                if not self._poll.poll(0):
                    break
                written += os.write(self._file, line[written : written + PIECE])
            except OSError:  # the reader is gone, or the disk is full
                break
        if written:
            self._is_cut = written < len(line)
        return written == len(line)
