"""All proofs or one: `python -m prove.run [--long] [part]`, which is `make prove part=…`."""

import importlib
import sys

from prove.progress import say
from prove.rows import Row

PARTS = ("model", "fuzz", "strangers", "faults", "soak", "mutation")


def proved(part: str, *, long: bool) -> list[Row]:
    """What a part has tried; each is a module or package with a `proved` of its own."""
    say(part)
    rows: list[Row] = importlib.import_module(f"prove.{part}").proved(long=long)
    return rows


if __name__ == "__main__":
    long = "--long" in sys.argv
    for part in [each for each in sys.argv[1:] if each != "--long"] or PARTS:
        for row in proved(part, long=long):
            print(row)
