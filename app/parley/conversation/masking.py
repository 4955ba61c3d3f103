"""Masking of phone numbers and other addresses, which logs must not show in full."""

import re

from parley.twilio.facts import PHONE_NUMBER

ALPHANUMERIC = "alphanumeric"
SHORT_CODE = "short code"

_NUMBER = re.compile(PHONE_NUMBER)
_CHANNEL = re.compile(r"(whatsapp|messenger|rcs|sip|client):", re.IGNORECASE)


def is_number(address: str) -> bool:
    """Return whether an address is a phone number in full: E.164, of 8 to 15 digits."""
    return _NUMBER.fullmatch(address) is not None


def is_short_code(address: str) -> bool:
    """Return whether an address is a short code: at most eight digits."""
    return address.isascii() and address.isdigit() and len(address) <= 8


def masked(address: str) -> str:
    """Mask `+15551230001` as `+1555…01`, and any other address as its kind."""
    if is_number(address):
        return f"{address[:5]}…{address[-2:]}"
    if channel := _CHANNEL.match(address):
        return channel[1].lower()
    if is_short_code(address):
        return SHORT_CODE
    return "number" if address.isascii() and address.isdigit() else ALPHANUMERIC
