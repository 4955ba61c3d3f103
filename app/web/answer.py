"""What the server answers with."""

from typing import Any

from flask import Response

KEPT_BY_NOBODY = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""An answer is for one message alone, and what it says it is."""


class Answer(Response):
    """A response that no cache keeps, and whose type nobody guesses."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, value in KEPT_BY_NOBODY.items():
            self.headers.add(name, value)  # they are new: setting would look for them first
