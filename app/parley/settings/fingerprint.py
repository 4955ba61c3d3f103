"""Fingerprints of secrets, to compare two servers without showing a secret."""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import scrypt


def fingerprints(secrets: Iterable[str]) -> str:
    """Return six hexadecimal digits for each secret, in order; they are the same on every server.

    An operator compares two servers with them during a rotation. 24 bits do not identify a random
    secret; for one that a person made up, each guess takes milliseconds and a megabyte.
    """
    return ",".join(_fingerprint(secret) for secret in secrets)


@lru_cache
def _fingerprint(secret: str) -> str:
    said = secret.encode(errors="surrogatepass")
    return scrypt(said, salt=b"parley.fingerprint", n=2**10, r=8, p=1, dklen=3).hex()
