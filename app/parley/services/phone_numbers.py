"""The services `national` and `country_of`: formatting and country of phone numbers, offline.

The package `phonenumbers` is optional: 48 MB on disk, 0.1 seconds and 3 MB at the first use.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

IS_INSTALLED = find_spec("phonenumbers") is not None


def national(number: str) -> str:
    """Return a number in the format of its country: `(201) 555-0123`.

    Any other address, such as a short code, is returned unchanged.
    """
    import phonenumbers

    parsed = _parsed(number)
    if parsed is None:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)


def country_of(number: str) -> str:
    """Return the country of a number, like `US`; empty if it is unknown."""
    import phonenumbers

    parsed = _parsed(number)
    return (phonenumbers.region_code_for_number(parsed) or "") if parsed else ""


def time_zone_of(number: str) -> ZoneInfo | None:
    """Return the time zone of a number; None if it is unknown or ambiguous."""
    from phonenumbers import timezone

    parsed = _parsed(number)
    found = timezone.time_zones_for_number(parsed) if parsed else ()
    if len(found) != 1 or found[0] == timezone.UNKNOWN_TIMEZONE:
        return None
    try:
        return ZoneInfo(found[0])
    except (OSError, ValueError, KeyError):  # the machine does not know it
        return None


def _parsed(number: str) -> "PhoneNumber | None":
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number.removeprefix("whatsapp:"))
    except phonenumbers.NumberParseException:
        return None
    return parsed if phonenumbers.is_possible_number(parsed) else None
