"""The settings that flows ask for by name."""

import re
from typing import Any
from urllib.parse import urlsplit

from app.settings.source import Source

_ADDRESS = re.compile(r"(whatsapp:)?\+[1-9][0-9]{7,14}")
DOGS = "https://dog.ceo/api/breed/shiba/images/random"


def flow_settings(source: Source) -> dict[str, Any]:
    """Each by its name in lower case; None where it is not set and there is no default."""
    return {
        "forward_to": _forward_to(source),
        "forward_replies": source.switch("FORWARD_REPLIES"),
        "mms_source_url": _mms_source_url(source),
    }


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
