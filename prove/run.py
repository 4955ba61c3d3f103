"""All proofs or some: `make prove`, `make prove-long`, `make prove part=fuzz`.

A part is a module or package here with a function `proved`. What it has shown goes to
prove/results/, and from there into docs/reliability.md. Ends with status 1 where anything did not
hold.
"""

import argparse
import importlib
import sys
import time

from prove import report, results
from prove.progress import say
from prove.rows import Row

ONLY_LONG = ("mutation",)
MINUTES = {"short": "about seven minutes", "long": "about an hour"}


def main() -> None:
    asked = argparse.ArgumentParser(prog="make prove")
    asked.add_argument("--long", action="store_true")
    asked.add_argument("parts", nargs="*", choices=[[], *report.PARTS])
    given = asked.parse_args()
    form = "long" if given.long else "short"
    parts = given.parts or [part for part in report.PARTS if given.long or part not in ONLY_LONG]
    say(f"{', '.join(parts)}; all parts take {MINUTES[form]}")
    for part in parts:
        started = time.monotonic()
        rows = proved(part, long=given.long)
        results.write(form, part, time.monotonic() - started, rows)
    print(f"\n{report.whole(form)}")
    found = results.read(form)
    if not all(row.is_proven for part in parts for row in results.rows_of(found, part)):
        sys.exit("Not everything held.")


def proved(part: str, *, long: bool) -> list[Row]:
    """What a part has tried; a part that comes to no end has proven nothing."""
    say(part)
    try:
        rows: list[Row] = importlib.import_module(f"prove.{part}").proved(long=long)
    except Exception as error:
        return [Row(part, held=False, note=f"came to no end: {type(error).__name__}: {error}")]
    return rows


if __name__ == "__main__":
    main()
