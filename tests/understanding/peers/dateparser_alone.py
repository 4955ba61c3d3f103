"""dateparser for each row: JSON rows on standard input, JSON answers on standard output.

An answer is an ISO date or time, or null without a result. Runs in its own environment.
"""

import json
import sys
from datetime import datetime
from typing import Any

from dateparser.date import (  # type: ignore[import-not-found,import-untyped,unused-ignore]
    DateDataParser,
)


def read(row: dict[str, Any]) -> str | None:
    """Return dateparser's result for the text, if it is in range."""
    given = row["parameters"]
    today = given.get("today", "2026-11-25")
    settings = {
        "RELATIVE_BASE": datetime.fromisoformat(f"{today}T00:00:00"),
        "PREFER_DATES_FROM": "future",
        "DATE_ORDER": "MDY" if given.get("month_first", True) else "DMY",
        "RETURN_TIME_AS_PERIOD": True,
    }
    found = DateDataParser(languages=[row["language"]], settings=settings).get_date_data(
        row["text"]
    )
    if found.date_obj is None:
        return None
    if row["question"] == "date" and found.period == "day":
        day = found.date_obj.date().isoformat()
        return day if given["first"] <= day <= given["last"] else None
    if row["question"] == "time" and found.period == "time":
        time = found.date_obj.time().isoformat()
        return time if given["opens"] <= time <= given["closes"] else None
    return None


if __name__ == "__main__":
    json.dump([read(row) for row in json.load(sys.stdin)], sys.stdout)
