"""What we remember of a conversation between two of its texts."""

import math
from collections.abc import Iterator, Mapping
from typing import Any


class NotRemembered(TypeError):
    """A value that JSON, and so a session, cannot hold; the message says of what type."""


class Session(Mapping[str, Any]):
    """The memory of one conversation: JSON values by name, immutable.

    `session.remember(count=3)` is the next session; the one that was given stays as it was. Values
    may be str, int, finite float, bool, None, and lists and dicts of those; a list is read back as
    a tuple and a dict as a Session, so that nothing inside can be changed either. An empty session
    is false; it is `expired` if the cookie had a session whose time is over. Raises NotRemembered
    for a value that JSON cannot hold.
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
        """A dict of the values as they are: lists as tuples, dicts as Sessions."""
        return dict(self._values)

    def remember(self, **values: Any) -> "Session":
        """This session with these values added or replaced."""
        return Session({**self._values, **values})

    def forget(self, *names: str) -> "Session":
        """This session without these names; a name that it does not hold is ignored."""
        return Session({name: value for name, value in self.items() if name not in names})

    def get_int(self, name: str) -> int:
        """The whole number of at least 0 remembered under this name; 0 where there is none."""
        value = self._values.get(name)
        return value if type(value) is int and value >= 0 else 0


_SIMPLE = frozenset({str, int, bool, type(None)})


def _name(name: Any) -> str:
    if not isinstance(name, str):
        raise NotRemembered(
            f"a session names what it remembers with str, not {type(name).__name__}"
        )
    return name


def _frozen(value: Any) -> Any:
    if type(value) in _SIMPLE:
        return value
    if isinstance(value, float) and not math.isfinite(value):
        raise NotRemembered("a session cannot remember infinity or NaN: JSON has no such number")
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
    raise NotRemembered(f"a session remembers JSON values only, not {type(value).__name__}")
