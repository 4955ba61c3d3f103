"""The service `look_up`: Twilio Lookup for a phone number."""

import re
from collections.abc import Callable
from typing import Any, Literal, TypedDict

from parley.conversation import ServiceError
from parley.services.twilio_api import LOOKUPS, TwilioApi

Field = Literal["line_type", "caller_name"]

_FIELDS = {"line_type": "line_type_intelligence", "caller_name": "caller_name"}
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")


class PhoneInfo(TypedDict):
    """Data about a number; None for unknown fields, and for those that were not requested.

    JSON values, so that a script can store it. `country` is like `US`. `line_type` is `mobile`,
    `landline`, `fixedVoip`, `nonFixedVoip`, `tollFree` or another of Twilio's values.
    """

    is_valid: bool
    country: str | None
    national: str | None
    carrier: str | None
    line_type: str | None
    caller_name: str | None


def lookup(api: TwilioApi) -> Callable[..., PhoneInfo]:
    """Return the service for an account."""

    def look_up(number: str, *fields: Field) -> PhoneInfo:
        """Look up a number in full (E.164, also a WhatsApp address).

        Twilio charges for each field: `line_type`, which brings the carrier too, and `caller_name`
        (US numbers). Without a field it is free. Raises ServiceError, and ValueError for an unknown
        field. Source: https://www.twilio.com/docs/lookup/v2-api
        """
        if unknown := [each for each in fields if each not in _FIELDS]:
            raise ValueError(f"look_up has no field {unknown[0]}: write {' or '.join(_FIELDS)}")
        address = number.removeprefix("whatsapp:")
        if not _NUMBER.fullmatch(address):
            raise ServiceError("this is not a phone number in full")
        wanted = ",".join(_FIELDS[each] for each in dict.fromkeys(fields))
        query = f"?Fields={wanted}" if wanted else ""
        return _info(api.get(f"{LOOKUPS}/v2/PhoneNumbers/{address}{query}"))

    return look_up


def _info(found: dict[str, Any]) -> PhoneInfo:
    line, caller = (found.get(name) or {} for name in ("line_type_intelligence", "caller_name"))
    return PhoneInfo(
        is_valid=found.get("valid") is True,
        country=found.get("country_code"),
        national=found.get("national_format"),
        carrier=line.get("carrier_name"),
        line_type=line.get("type"),
        caller_name=caller.get("caller_name"),
    )
