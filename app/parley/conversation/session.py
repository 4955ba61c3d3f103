"""The session: the data of a conversation between two texts."""

import math
from collections.abc import Iterator, Mapping
from typing import Any


class NotRemembered(TypeError):
    """Raised for a value that JSON, and so a session, cannot store; the message names its type."""


class Session(Mapping[str, Any]):
    """The data of one conversation: an immutable mapping of names to JSON values.

    `session.remember(count=3)` returns the next session, and does not change this one. Values can
    be str, int, finite float, bool, None, and lists and dicts of those; a list is read back as a
    tuple and a dict as a Session, so that they are immutable, too. An empty session is falsy;
    `expired` is True if the cookie had an expired session. Raises NotRemembered for a value that
    JSON cannot store.
    """

    __slots__ = ("_values", "expired")

    def __init__(self, values: Mapping[str, Any] | None = None, *, expired: bool = False) -> None:
        self.expired = expired
        self._values = {
            name if type(name) is str else _name(name): (
                value if type(value) in _SIMPLE else _frozen(value)
            )
            for name, value in (values or {}).items()
        }

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        return f"Session({len(self._values)} remembered)"

    def as_dict(self) -> dict[str, Any]:
        """Return a dict of the values, with lists as tuples and dicts as Sessions."""
        return dict(self._values)

    def remember(self, **values: Any) -> "Session":
        """Return this session with these values added or replaced."""
        return Session({**self._values, **values})

    def forget(self, *names: str) -> "Session":
        """Return this session without these names; unknown names are ignored."""
        return Session({name: value for name, value in self.items() if name not in names})

    def get_int(self, name: str) -> int:
        """Return the whole number of at least 0 with this name; 0 if there is none."""
        value = self._values.get(name)
        return value if type(value) is int and value >= 0 else 0


_SIMPLE = frozenset({str, int, bool, type(None)})


def _name(name: Any) -> str:
    if not isinstance(name, str):
        raise NotRemembered(f"the names in a session must be str, not {type(name).__name__}")
    return name


def _frozen(value: Any) -> Any:
    if type(value) in _SIMPLE:
        return value
    if isinstance(value, float) and not math.isfinite(value):
        raise NotRemembered("a session cannot store infinity or NaN: JSON has no such number")
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, list | tuple):
        if _SIMPLE.issuperset(map(type, value)):
            return tuple(value)
        return tuple(map(_frozen, value))
    if isinstance(value, Session):
        return value
    if isinstance(value, Mapping):
        return Session(value)
    raise NotRemembered(f"a session stores only JSON values, not {type(value).__name__}")
