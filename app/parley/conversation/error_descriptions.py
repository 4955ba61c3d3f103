"""Describe an author's error: its message, file and line, and what to write instead.

For development and tests only: the text of an error may contain a message.
"""

import re
import sysconfig
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from parley.conversation.error_hints import hint
from parley.conversation.flow import FlowError
from parley.conversation.source_lines import place

ENGINE = str(Path(__file__).parents[1])
LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib")})
LOADERS = ("<string>", "<frozen importlib", "/importlib/", "/gunicorn/", "/gevent/")
_HAS_PLACE = re.compile(r", line \d+\b")


class Description(NamedTuple):
    """A sentence with file and line, and a traceback of the author's frames, or empty."""

    sentence: str
    traceback: str = ""

    @property
    def whole(self) -> str:
        return "\n".join(filter(None, self))


def describe(error: BaseException, defined_at: str = "") -> Description:
    """Describe an error; `defined_at` is the flow's place, for an error outside its lines."""
    cause = _cause(error)
    sentence = _sentence(error, cause)
    raised_at = "" if isinstance(cause, FlowError) else _raised_at(cause)
    if not _HAS_PLACE.search(sentence) and (found := raised_at or defined_at):
        sentence = f"{found}: {sentence}"
    if (found := hint(cause)) and found.removesuffix(".") not in sentence:
        sentence = f"{sentence.rstrip('.')}. {found}"
    return Description(sentence, _traceback(cause) if raised_at else "")


def authors_frames(trace: TracebackType | None) -> Iterator[TracebackType]:
    """Yield the frames of a traceback that are neither the engine's nor module loaders'."""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if not file.startswith(f"{ENGINE}/") and not any(each in file for each in LOADERS):
            yield trace
        trace = trace.tb_next


def cut(error: BaseException) -> BaseException:
    """Shorten an error's tracebacks to start at the author's first frame, and return it."""
    for each in causes(error):
        each.__traceback__ = next(authors_frames(each.__traceback__), None)
    return error


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and its chain of causes, each once."""
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        yield each
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)


def is_ours(error: BaseException) -> bool:
    """Return whether an error is one of the engine's: its text never contains a message."""
    return str(type(error).__module__).startswith("parley.")


def _cause(error: BaseException) -> BaseException:
    """Return the error that the author's code raised, which may be the cause of the engine's."""
    while is_ours(error) and error.__cause__ is not None:
        error = error.__cause__
    return error


def _sentence(error: BaseException, cause: BaseException) -> str:
    if next_step := getattr(error, "next_step", ""):  # a refusal
        return f"{str(error).rstrip('.')}: {next_step}"
    if cause is error:
        return str(error) if is_ours(error) else _last_line(error)
    words = _last_line(cause).partition(": ")[2] if not is_ours(cause) else str(cause)
    said = str(error)
    return said if not words or words in said else f"{said}: {words}"


def _last_line(error: BaseException) -> str:
    """Format an error as `KeyError: 'number'`; a SyntaxError without its source lines."""
    words = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def _raised_at(error: BaseException) -> str:
    """Return the last line of the author's own files in the traceback."""
    if isinstance(error, SyntaxError) and error.filename:
        return place(error.filename, error.lineno)
    found = ""
    for each in authors_frames(error.__traceback__):
        if not each.tb_frame.f_code.co_filename.startswith(LIBRARIES):
            found = place(each.tb_frame.f_code.co_filename, each.tb_lineno)
    return found


def _traceback(error: BaseException) -> str:
    """Format the author's part of the traceback, and of those of its causes."""
    parts = []
    for each in causes(error):
        told = traceback.TracebackException.from_exception(each)
        kept = {
            (frame.tb_frame.f_code.co_filename, frame.tb_lineno)
            for frame in authors_frames(each.__traceback__)
        }
        own = [frame for frame in told.stack if (frame.filename, frame.lineno) in kept]
        told.stack = traceback.StackSummary.from_list(own)
        if own or isinstance(each, SyntaxError):
            parts.append("".join(told.format(chain=False)).rstrip())
    return "\n\nwhich was caused by:\n\n".join(parts)
