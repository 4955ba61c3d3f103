"""Hints for Python errors that are common in flows. For development and tests."""

import difflib
import inspect
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any

from parley.conversation.flow import ServiceError
from parley.conversation.understanding import InvalidAnswer

_ARGUMENTS = re.compile(r"(?:\w+\.)?(\w+)\(\) (takes|missing|got)\b.*")
_UNKNOWN = re.compile(r"got an unexpected keyword argument '(\w+)'")
_STEPS = {
    "Call": "call(…)",
    "Rng": "rng()",
    "Reply": "Reply(…)",
    "Outgoing": "Reply(Outgoing(…))",
}


def hint(error: BaseException) -> str:
    """Return what to write instead; empty for an unknown error."""
    for kind, find in _HINTS.items():
        if isinstance(error, kind) and (found := find(error)):
            return found
    return ""


def _of_type_error(error: TypeError) -> str:
    words = str(error)
    if found := _ARGUMENTS.match(words):
        return _arguments(found[1], found[2], words)
    if found := re.match(r"'(\w+)' object is not iterable", words):
        return f"Write `yield {_STEPS[found[1]]}`, without `from`." if found[1] in _STEPS else ""
    if re.match(r"'Session' object does not support item", words):
        return (
            "A session never changes: write "
            "`return Reply(…, session=session.remember(name=value))` or `session.forget(…)`."
        )
    if "'generator' object" in words or "type 'generator'" in words:
        return "A question is asked with `yield from`: write `(yield from number(…))`."
    if "'Call' object" in words or "type 'Call'" in words:
        return "A call is made with `yield`: write `(yield call(…))`."
    return ""


def _arguments(name: str, did: str, words: str) -> str:
    """Return how to call a function of Parley, for a call with wrong arguments."""
    function = _exported().get(name)
    if function is None or not callable(function):
        return ""
    usage = f"`{name}{_signature(function)}`"
    if did == "takes":
        return f"Pass the arguments after the * by name: {usage}."
    if found := _UNKNOWN.search(words):
        near = _nearest(found[1], inspect.signature(function).parameters)
        return f"{near}Write {usage}."
    return f"Write {usage}."


def _signature(function: Callable[..., Any]) -> str:
    parameters = [
        each.replace(annotation=each.empty)
        for each in inspect.signature(function).parameters.values()
    ]
    return str(inspect.Signature(parameters))


def _of_attribute_error(error: AttributeError) -> str:
    kind = type(error.obj)
    if kind.__name__ == "generator":
        return "A question is asked with `yield from`: write `name = yield from text(…)`."
    if not kind.__module__.startswith("parley."):
        return ""
    public = [each for each in dir(error.obj) if not each.startswith("_")]
    return f"{_nearest(error.name, public)}A {kind.__name__} has {', '.join(public)}."


def _of_name_error(error: NameError) -> str:
    if error.name in _exported():
        return f"Write `from parley import {error.name}` at the top of the file."
    return _nearest(error.name, _exported(), 0.75).strip()


def _of_import_error(error: ImportError) -> str:
    if error.name == "parley" and (found := re.search(r"cannot import name '(\w+)'", str(error))):
        return _nearest(found[1], _exported()).strip()
    if isinstance(error, ModuleNotFoundError):
        return f"Install {error.name}, or correct the name."
    return ""


def _of_key_error(error: KeyError) -> str:
    frame = error.__traceback__
    while frame and frame.tb_next:
        frame = frame.tb_next
    if frame and frame.tb_frame.f_code.co_qualname.startswith("Session."):
        return "A session does not have it yet: write `session.get(name, default)`."
    return ""


def _of_service_error(_error: ServiceError) -> str:
    return (
        "Catch it with `except ServiceError`; in a script, `call(…, default=…)` gives a value "
        "instead."
    )


def _of_invalid_answer(_error: InvalidAnswer) -> str:
    return (
        "Raise InvalidAnswer in a `check=` or in a reader of `ask`: then the question is repeated."
    )


_HINTS: dict[type[BaseException], Callable[[Any], str]] = {
    TypeError: _of_type_error,
    AttributeError: _of_attribute_error,
    NameError: _of_name_error,
    ImportError: _of_import_error,
    KeyError: _of_key_error,
    ServiceError: _of_service_error,
    InvalidAnswer: _of_invalid_answer,
}


def _exported() -> dict[str, Any]:
    """Return the public names of `parley` with their objects."""
    parley = sys.modules["parley"]
    found = {each: getattr(parley, each) for each in dir(parley) if not each.startswith("_")}
    return {name: each for name, each in found.items() if not inspect.ismodule(each)}


def _nearest(name: str | None, names: Iterable[str], likeness: float = 0.6) -> str:
    found = difflib.get_close_matches(name or "", list(names), n=1, cutoff=likeness)
    return f"Did you mean {found[0]}? " if found else ""
