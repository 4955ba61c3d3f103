"""Instrumentation: wrap every call of a service, which may be a function or an object."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any

Around = Callable[[str], AbstractContextManager[Any]]
"""`around("http.get")` is entered before that call of a service, and left after it."""


def instrumented(service: Any, name: str, around: Around) -> Any:
    """Return the service with `around` at each call of it, or of its methods."""
    if not callable(service):
        return _Instrumented(service, name, around)

    @wraps(service)
    def run(*args: Any, **kwargs: Any) -> Any:
        with around(name):
            return service(*args, **kwargs)

    run.around = around  # type: ignore[attr-defined]
    return run


def has(function: Callable[..., Any], around: Around) -> bool:
    """Return whether a function is wrapped in `around` already."""
    return getattr(function, "around", None) == around


class _Instrumented:
    """A service that is an object with methods."""

    def __init__(self, service: Any, name: str, around: Around) -> None:
        self._service, self._name, self._around = service, name, around

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._service, name)
        full_name = f"{self._name}.{name}"
        return instrumented(found, full_name, self._around) if callable(found) else found
