"""The errands: what flows may ask for by name."""

from collections.abc import Callable
from typing import Any

from app.outside.contacts import find_contacts
from app.outside.fetching import fetch_json

ERRANDS: dict[str, Callable[..., Any]] = {
    "fetch_json": fetch_json,
    "find_contacts": find_contacts,
}
"""Every errand by the name under which a flow asks for it."""
