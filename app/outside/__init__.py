"""The errands: what flows may ask for by name."""

from collections.abc import Callable
from typing import Any

from app.outside.contacts import find_contacts
from app.outside.fetching import make_fetch_json

LEFT_FREE = 2
"""Threads of a process that fetch nothing, whatever a source does: others are answered by them."""


def errands(threads: int) -> dict[str, Callable[..., Any]]:
    """Every errand by the name under which a flow asks for it, in a process of so many threads."""
    return {
        "fetch_json": make_fetch_json(at_once=max(1, threads - LEFT_FREE)),
        "find_contacts": find_contacts,
    }
