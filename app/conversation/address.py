"""How an address may be shown to somebody who is not part of the conversation."""

import re

_E164 = re.compile(r"\+[0-9]{8,15}")
_CHANNEL = re.compile(r"(whatsapp|messenger|rcs|sip|client):", re.IGNORECASE)


def masked(address: str) -> str:
    """`+15551230001` as `+1555…01`; any other address by its kind only, never by its content."""
    if _E164.fullmatch(address):
        return f"{address[:5]}…{address[-2:]}"
    if channel := _CHANNEL.match(address):
        return channel[1].lower()
    if address.isascii() and address.isdigit():
        return "short code" if len(address) <= 8 else "number"
    return "alphanumeric"
