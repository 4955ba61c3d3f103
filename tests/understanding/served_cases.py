"""The application of the cases for a real server, with its clock in a file."""

import os
from pathlib import Path

from parley import create_app

CLOCK = "CASES_CLOCK"
"""The environment variable that names the file."""


def clock() -> float:
    """The seconds since 1970 in the file."""
    return float(Path(os.environ[CLOCK]).read_text())


app = create_app(clock=clock) if CLOCK in os.environ else None
