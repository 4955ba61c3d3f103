"""What goes on, in lines on standard error with the seconds since the beginning."""

import sys
import time

STARTED = time.monotonic()


def say(what: str) -> None:
    print(f"{time.monotonic() - STARTED:4.0f} s  {what}", file=sys.stderr, flush=True)
