"""What to shorten first in a session that is too large."""

from collections.abc import Mapping
from typing import Any


def largest(value: Any, name: str = "") -> tuple[int, str]:
    """The longest text or number inside a JSON value: its characters, and where it is.

    `a, item 3` is the third of the list under the name `a`. Names are the author's, and so may be
    said; what is found there may not.
    """
    if isinstance(value, Mapping):
        parts = [(f"{name}, {key}" if name else key, each) for key, each in value.items()]
    elif isinstance(value, list | tuple):
        parts = [(f"{name}, item {number}", each) for number, each in enumerate(value, start=1)]
    else:
        return len(str(value)), name
    return max((largest(each, inner) for inner, each in parts), default=(0, name))
