"""How an address may be shown to somebody who is not part of the conversation."""

import re

_CHANNEL = re.compile(r"(whatsapp|messenger|rcs|sip|client):", re.IGNORECASE)


def is_number(address: str) -> bool:
    """Whether an address is a phone number in full: E.164, of 8 to 15 digits."""
    digits = address[1:]
    return address[:1] == "+" and 8 <= len(digits) <= 15 and digits.isascii() and digits.isdigit()


def masked(address: str) -> str:
    """`+15551230001` as `+1555…01`; any other address by its kind only, never by its content."""
    if is_number(address):
        return f"{address[:5]}…{address[-2:]}"
    if channel := _CHANNEL.match(address):
        return channel[1].lower()
    if address.isascii() and address.isdigit():
        return "short code" if len(address) <= 8 else "number"
    return "alphanumeric"
