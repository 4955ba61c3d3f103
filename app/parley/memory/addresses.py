"""Addresses as the database stores them: any text that Twilio can sign, as short plain text."""

from hashlib import sha256

LONGEST = 200
"""Maximum length of an address that is stored unchanged; real ones are far shorter."""


def stored(address: str) -> str:
    """Return the text that stands for an address in the database; it is unique to the address.

    PostgreSQL rejects NUL and lone surrogates, and its indexes reject long values.
    """
    text = address.encode("unicode_escape").decode("ascii")
    if len(text) <= LONGEST:
        return text
    return f"\\sha256:{sha256(text.encode()).hexdigest()}"


def original(kept: str) -> str:
    """Return the address of a text from `stored`; a hash stays a hash."""
    if "\\" not in kept or kept.startswith("\\sha256:"):
        return kept
    return kept.encode("ascii").decode("unicode_escape")
