"""The settings that flows ask for by name."""

import csv
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.settings.source import Source

_ADDRESS = re.compile(r"(whatsapp:)?\+[1-9][0-9]{7,14}")
_HOURS = re.compile(r"([0-9]{1,2}):([0-5][0-9])-([0-9]{1,2}):([0-5][0-9])")
SAMPLE = str(Path(__file__).parents[1] / "outside" / "contacts.csv")
DOGS = "https://dog.ceo/api/breed/shiba/images/random"


def flow_settings(source: Source) -> dict[str, Any]:
    """Each by its name in lower case; None where it is not set and there is no default."""
    return {
        "appointment_hours": _appointment_hours(source),
        "directory_file": _directory_file(source),
        "forward_to": _forward_to(source),
        "forward_replies": source.switch("FORWARD_REPLIES"),
        "mms_source_url": _mms_source_url(source),
    }


def _appointment_hours(source: Source) -> tuple[int, int]:
    """Opening and closing in minutes after midnight."""
    match = _HOURS.fullmatch(source.text("APPOINTMENT_HOURS", "9:00-17:00"))
    opens, closes = (
        (int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4]))
        if match
        else (0, 0)
    )
    if not opens < closes <= 24 * 60:
        source.problems.append(
            "APPOINTMENT_HOURS is no time of opening and a later one of closing: write them like "
            "9:00-17:00."
        )
    return opens, closes


def _directory_file(source: Source) -> str:
    path = source.text("DIRECTORY_FILE", SAMPLE)
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as lines:
            columns = next(csv.reader(lines), [])
    except (OSError, UnicodeError, csv.Error) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no CSV in UTF-8"
        source.problems.append(f"DIRECTORY_FILE names {path}, which cannot be read: {why}.")
        return path
    if missing := [name for name in ("name", "number", "address") if name not in columns]:
        source.problems.append(
            f"DIRECTORY_FILE names {path}, whose first line lacks {', '.join(missing)}."
        )
    return path


def _forward_to(source: Source) -> str | None:
    address = source.text("FORWARD_TO")
    if address and not _ADDRESS.fullmatch(address):
        source.problems.append(
            "FORWARD_TO is no phone number: write it in full, like +15551230000 or "
            "whatsapp:+15551230000."
        )
    return address or None


def _mms_source_url(source: Source) -> str:
    url = source.text("MMS_SOURCE_URL", DOGS)
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        source.problems.append("MMS_SOURCE_URL is no URL: write it like https://dog.ceo/api/….")
    return url
