"""Addresses as the database has them: any text that Twilio may sign, as short plain text."""

from hashlib import sha256

LONGEST = 200
"""Characters of an address that is kept as it is; real ones have far fewer."""


def stored(address: str) -> str:
    """Return the text under which an address is kept; two addresses never share one.

    PostgreSQL takes neither NUL nor lone surrogates, and an index no long values.
    """
    text = address.encode("unicode_escape").decode("ascii")
    if len(text) <= LONGEST:
        return text
    return f"\\sha256:{sha256(text.encode()).hexdigest()}"


def original(kept: str) -> str:
    """Return the address of a text that `stored` has made; a hash stays a hash."""
    if "\\" not in kept or kept.startswith("\\sha256:"):
        return kept
    return kept.encode("ascii").decode("unicode_escape")
