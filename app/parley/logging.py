"""Log lines for turns and refusals: the event and the reason, but never the texts.

A line is an event and `name=value` pairs (or one JSON object, with LOG_FORMAT=json). Callers of
`record` must not pass full phone numbers, bodies, signatures, cookies, tokens, secrets or query
strings; an error is logged without its message, which may contain any of them.
"""

import json
import logging
import re
import sys
import time
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, Protocol

from parley.conversation.development_checks import watching
from parley.conversation.error_descriptions import causes, describe, is_ours
from parley.conversation.masking import masked
from parley.conversation.script_events import QUESTION_EVENTS, ScriptEvent
from parley.log_stream import log_handler

LOGGER = logging.getLogger("parley")


class InTurn(Protocol):
    """The current turn, for log lines."""

    flow: str | None
    parameters: Mapping[str, str]


current_turn: ContextVar[InTurn | None] = ContextVar("parley_current_turn", default=None)
_own: set[logging.Handler] = set()
"""The handlers that `configure` has added."""
_PLAIN = re.compile(r"[\w.:,/+…-]+", re.ASCII)
_SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}")
# https://www.w3.org/TR/trace-context/: version, trace, parent and flags, in lower case.
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_RANDOM = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_OPAQUE_ID = re.compile(r"[A-Za-z0-9_-]{20,64}")
_NUMBER = re.compile(r"([0-9][-_]*){7}")
_LETTER = re.compile(r"[a-fA-F]")


_EVENT_FIELDS = {event: event.replace(" ", "_") for event in QUESTION_EVENTS}


def configure(log_format: str) -> None:
    """Write all log lines to standard error, unless the program has handlers of its own.

    The handler belongs to the root logger: so `logging.warning()` does not add another one, and the
    lines and warnings of flows and libraries have the same format.
    """
    LOGGER.setLevel(logging.INFO)
    root = logging.getLogger()
    if not LOGGER.hasHandlers():
        root.addHandler(handler := log_handler(sys.stderr))
        _own.add(handler)
        logging.captureWarnings(capture=True)
    for each in LOGGER.handlers:
        each.setFormatter(formatter(log_format))
    for each in _own.intersection(root.handlers):
        each.setFormatter(EveryFormatter(formatter(log_format)))


def show_information_of(names: Iterable[str]) -> None:
    """Enable the level INFO for these modules of flows, unless they have a level."""
    for name in names:
        if (logger := logging.getLogger(name)).level == logging.NOTSET:
            logger.setLevel(logging.INFO)


def formatter(log_format: str) -> logging.Formatter:
    """Return the formatter for `text` or `json`."""
    return JsonFormatter() if log_format == "json" else TextFormatter()


def record(
    event: str,
    *,
    level: int = logging.INFO,
    error: BaseException | None = None,
    shown: str = "",
    **fields: Any,
) -> None:
    """Log one event with its fields, in order; `None` is omitted.

    `shown` is the full description of an error, for development and tests.
    """
    if LOGGER.isEnabledFor(level):
        found = shown or ("" if error is None else without_words(error))
        LOGGER.handle(_entry(LOGGER.name, event, level, fields, found))


def _entry(
    name: str, event: str, level: int, fields: Mapping[str, Any], found: str
) -> logging.LogRecord:
    """The record of an event; `found` is its traceback."""
    kept = {name: value for name, value in fields.items() if value is not None}
    line = f"{event} {pairs(kept)}" if kept else event
    if found:
        kept["traceback"] = found
        line = f"{line}\n{found}"
    # The place of the call is of no use here, and finding it takes a third of the time.
    entry = logging.LogRecord(name, level, "", 0, line, None, None)
    entry.event, entry.fields = event, kept
    return entry


def pairs(fields: Mapping[str, object]) -> str:
    """Format fields as `name=value …`; values are quoted, in one line, if necessary."""
    texts = list(map(str, fields.values()))
    if not (all(texts) and _PLAIN.fullmatch("".join(texts))):
        texts = [text if _PLAIN.fullmatch(text) else quoted(text) for text in texts]
    return _template(tuple(fields)) % tuple(texts)


@lru_cache(maxsize=256)
def _template(names: tuple[str, ...]) -> str:
    """Return a cached template `status=%s flow=%s …`: most lines have the same names."""
    return " ".join(f"{name}=%s" for name in names)


def quoted(text: str) -> str:
    """Quote a text, and escape line breaks and control characters."""
    inside = json.dumps(text, ensure_ascii=False)
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in inside)


def shown_sid(sid: str) -> str:
    """Return a SID if it has Twilio's format; any other value is not logged."""
    return sid if _SID.fullmatch(sid) else "odd"


def message_fields(parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the log fields of a verified message: its SID, and both addresses, masked.

    Empty if there are no verified parameters.
    """
    if not parameters:
        return {}
    sid, from_, to = (parameters.get(name, "") for name in ("MessageSid", "From", "To"))
    return {"sid": shown_sid(sid), "from": masked(from_), "to": masked(to)}


def trace_fields(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the trace of a `traceparent` header, or the `X-Request-ID`; empty without either.

    `headers` are by lower-case name. An id that could contain a phone number is logged as `odd`.
    Hexadecimal ids and UUIDs are random and may have many digits; one with only digits is not.
    """
    parent = headers.get("traceparent")
    found = _TRACEPARENT.fullmatch(parent) if parent else None
    if found and _LETTER.search(found[1]):
        return {"trace": found[1]}
    given = headers.get("x-request-id")
    return {} if given is None else {"request": _shown_id(given)}


def script_fields(
    events: Sequence[ScriptEvent], flow: str | None, seconds: int | None
) -> dict[str, Any]:
    """Return the log fields for events: `script`, and one for each event of a question.

    Events of a flow other than the turn's begin with its name: `reception/wish`.
    """
    found: dict[str, Any] = {}
    for of_flow, event, question in events:
        field, value = (_EVENT_FIELDS[event], question) if question else ("script", event)
        if of_flow != flow:
            value = f"{of_flow}/{value}"
        found[field] = f"{found[field]},{value}" if field in found else value
    if seconds is not None:
        found["answered_after"] = seconds
    return found


def _shown_id(given: str) -> str:
    if _RANDOM.fullmatch(given):
        return given if _LETTER.search(given) else "odd"
    return given if _OPAQUE_ID.fullmatch(given) and not _NUMBER.search(given) else "odd"


def without_words(error: BaseException) -> str:
    """Format the traceback of an error and its causes, with the messages of Parley's errors only.

    These never contain a text; other errors often do (`invalid literal for int(): '+1555…'`).
    """
    lines = []
    for each in causes(error):
        words = (
            str(each) if is_ours(each) else "(its words are not logged: they may repeat a message)"
        )
        frames = "".join(traceback.format_tb(each.__traceback__))
        kind = type(each).__qualname__
        lines.append(f"Traceback (most recent call last):\n{frames}{kind}: {words}")
    return "\n\nwhich was caused by:\n\n".join(lines)


def shown_error(error: BaseException | None) -> str:
    """Format the traceback of an error: with its message only in development and tests."""
    if error is None:
        return ""
    return describe(error).whole if watching.get() else without_words(error)


@contextmanager
def kept_from_the_reply() -> Iterator[None]:
    """Keep a failing log handler or metric of the host application from losing a reply.

    The type of the error is written to standard error, because the log itself may have failed.
    """
    try:
        yield
    except Exception as error:
        with suppress(Exception):
            print(f"A turn was not logged or counted: {type(error).__name__}", file=sys.stderr)


class TextFormatter(logging.Formatter):
    """`2026-11-21T08:00:00Z INFO turn flow=counter …`, in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        return f"{utc(int(record.created))} {record.levelname} {record.getMessage()}"


class EveryFormatter(logging.Formatter):
    """Formats the lines of all loggers like Parley's; those of a turn have its flow and SID."""

    def __init__(self, ours: logging.Formatter) -> None:
        super().__init__()
        self._ours = ours

    def format(self, record: logging.LogRecord) -> str:
        if hasattr(record, "event"):
            return self._ours.format(record)
        turn = current_turn.get()
        sid = turn.parameters.get("MessageSid") if turn else None
        fields = {
            "logger": record.name,
            "flow": turn.flow if turn else None,
            "sid": sid and shown_sid(sid),
            "message": record.getMessage(),
        }
        error = record.exc_info[1] if record.exc_info else None
        entry = _entry(record.name, "log", record.levelno, fields, shown_error(error))
        entry.created = record.created
        return self._ours.format(entry)


class JsonFormatter(logging.Formatter):
    """One JSON object per line: the fields, with `time`, `level` and `event`."""

    def format(self, record: logging.LogRecord) -> str:
        told = getattr(record, "fields", {"message": record.getMessage()})
        event = getattr(record, "event", "log")
        when = utc(int(record.created))
        line = {"time": when, "level": record.levelname, "event": event, **told}
        return json.dumps(line, default=str)


@lru_cache(maxsize=8)
def utc(second: int) -> str:
    """Format a second since 1970 as `2026-11-21T08:00:00Z`."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second))
