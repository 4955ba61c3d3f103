"""Secrets told apart without being told."""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import scrypt


def fingerprints(secrets: Iterable[str]) -> str:
    """Six hexadecimal digits for each secret, in their order: the same on every server.

    They are for whoever compares two servers while a secret changes. 24 bits do not find a secret
    that was drawn by chance; for one that somebody made up, every guess costs a log's reader some
    milliseconds and a megabyte.
    """
    return ",".join(_fingerprint(secret) for secret in secrets)


@lru_cache
def _fingerprint(secret: str) -> str:
    said = secret.encode(errors="surrogatepass")
    return scrypt(said, salt=b"parley.fingerprint", n=2**10, r=8, p=1, dklen=3).hex()
