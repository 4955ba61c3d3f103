"""What the server says of a turn or a refusal: the event and the reason, never the words.

A line is an event and `name=value` pairs (or one JSON object, with LOG_FORMAT=json). No phone
number in full, no body, signature, cookie, token, secret or query string may be handed to
`record`; an error is logged without its own words, which may repeat any of them.
"""

import json
import logging
import re
import sys
import time
import traceback
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from app.web.unread import log_handler

LOGGER = logging.getLogger("parley")

_PLAIN = re.compile(r"[\w.:,/+…-]+", re.ASCII)
_SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}")


def configure(log_format: str) -> None:
    """Write the lines to standard error, unless somebody else has taken that upon them."""
    LOGGER.setLevel(logging.INFO)
    if not LOGGER.hasHandlers():
        LOGGER.addHandler(log_handler(sys.stderr))
    for handler in LOGGER.handlers:
        handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())


def record(
    event: str, *, level: int = logging.INFO, error: BaseException | None = None, **fields: Any
) -> None:
    """Log one event with its fields, in their order; `None` is left out."""
    if not LOGGER.isEnabledFor(level):
        return
    kept = {name: value for name, value in fields.items() if value is not None}
    line = f"{event} {pairs(kept)}" if kept else event
    if error is not None:
        kept["traceback"] = without_words(error)
        line = f"{line}\n{kept['traceback']}"
    # Where in the code it was logged says nothing here, and finding out is a third of the cost.
    entry = logging.LogRecord(LOGGER.name, level, "", 0, line, None, None)
    entry.event, entry.fields = event, kept
    LOGGER.handle(entry)


def pairs(fields: Mapping[str, object]) -> str:
    """`name=value …`; values are quoted, in one line, where they are not plain."""
    texts = list(map(str, fields.values()))
    if not (all(texts) and _PLAIN.fullmatch("".join(texts))):
        texts = [text if _PLAIN.fullmatch(text) else quoted(text) for text in texts]
    return " ".join(map("=".join, zip(fields, texts, strict=True)))


def quoted(text: str) -> str:
    """A text in quotation marks, whatever breaks a line or commands a terminal escaped."""
    inside = json.dumps(text, ensure_ascii=False)
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in inside)


def shown_sid(sid: str) -> str:
    """A SID as Twilio makes them; anything else could be anything, and is not repeated."""
    return sid if _SID.fullmatch(sid) else "odd"


def without_words(error: BaseException) -> str:
    """The traceback of an error and of what caused it, with the words of our own errors only.

    Ours never repeat a message; those of others often do (`invalid literal for int(): '+1555…'`).
    """
    lines: list[str] = []
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        kind = type(each)
        ours = kind.__module__.startswith("app.") and not kind.__module__.startswith("app.flows.")
        words = str(each) if ours else "(its words are not logged: they may repeat a message)"
        frames = "".join(traceback.format_tb(each.__traceback__))
        lines.append(f"Traceback (most recent call last):\n{frames}{kind.__qualname__}: {words}")
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return "\n\nwhich came of this:\n\n".join(lines)


class TextFormatter(logging.Formatter):
    """`2026-11-21T08:00:00Z INFO turn flow=counter …`, in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        return f"{utc(int(record.created))} {record.levelname} {record.getMessage()}"


class JsonFormatter(logging.Formatter):
    """One JSON object a line, its fields beside `time`, `level` and `event`."""

    def format(self, record: logging.LogRecord) -> str:
        told = getattr(record, "fields", {"message": record.getMessage()})
        event = getattr(record, "event", "log")
        when = utc(int(record.created))
        line = {"time": when, "level": record.levelname, "event": event, **told}
        return json.dumps(line, default=str)


@lru_cache(maxsize=8)
def utc(second: int) -> str:
    """A second since 1970 as `2026-11-21T08:00:00Z`."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second))
