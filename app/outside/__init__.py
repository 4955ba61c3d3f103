"""The errands: what flows may ask for by name."""

from collections.abc import Callable
from typing import Any

from app.outside.fetching import fetch_json

ERRANDS: dict[str, Callable[..., Any]] = {"fetch_json": fetch_json}
"""Every errand by the name under which a flow asks for it."""
