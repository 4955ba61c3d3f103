"""A log whose reader may stop reading: a pipe or a socket that is full holds up nobody."""

import logging
import os
import select
import stat
from typing import TextIO

PATIENCE = 1.0
"""Seconds that a line waits for a reader who reads slowly."""


def log_handler(stream: TextIO) -> "logging.StreamHandler[TextIO]":
    """What writes log lines to a stream; a file is always ready, a pipe or a socket is not."""
    try:
        mode = os.fstat(stream.fileno()).st_mode
    except (OSError, ValueError):  # no file of the system's
        return logging.StreamHandler(stream)
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        return Unblocked(stream)
    return logging.StreamHandler(stream)


class Unblocked(logging.StreamHandler[TextIO]):
    """Writes only what its stream takes within PATIENCE.

    Once a line was left out, the next ones are tried and do not wait, until somebody reads again;
    how many are missing is said then. A pipe that is ready takes 4,096 bytes at once; only what is
    longer, a traceback, may wait for its reader all the same.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._ready = select.poll()
        self._ready.register(stream, select.POLLOUT)
        self.left_out = 0

    def emit(self, record: logging.LogRecord) -> None:
        if not self._ready.poll(0 if self.left_out else 1_000 * PATIENCE):
            self.left_out += 1
            return
        if self.left_out:
            missing, self.left_out = self.left_out, 0
            told = f"{missing} log lines before this one are missing: nobody read them"
            super().emit(logging.LogRecord(record.name, logging.WARNING, "", 0, told, None, None))
        super().emit(record)
