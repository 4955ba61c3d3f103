"""Candidates for the key: another of the configured secrets, or the wrong algorithm for it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from parley.twilio.signature import LENGTHS, SETTINGS

_HEADER = "X-Twilio-Webhooks-Signature-Settings"
_BY_SHA256 = f"sign with it by HMAC_SHA256, saying so in {_HEADER}"
_WITH_SHARED_KEY = f"set TWILIO_WEBHOOK_SHARED_KEY and {_BY_SHA256}"


class Key(NamedTuple):
    """A secret that may have signed; `cause` is empty for the expected one."""

    secret: bytes
    cause: str = ""
    finding: str = ""
    next_step: str = ""

    def __repr__(self) -> str:
        return f"Key({self.cause})"


class Keys(NamedTuple):
    """The secrets that may have signed with one algorithm: `expected` ones, and `others`."""

    algorithm: str
    expected: tuple[Key, ...]
    others: tuple[Key, ...]

    def __repr__(self) -> str:
        return f"Keys({self.algorithm}, {len(self.expected)}, {len(self.others)})"


def keys_for(
    signature: str, named: str, auth_tokens: Sequence[str], shared_keys: Sequence[str]
) -> Keys:
    """Return the keys for the algorithm that the signature's length shows.

    `named` is the algorithm in the header.
    """
    algorithm = next(name for name, length in LENGTHS.items() if length == len(signature))
    if algorithm == "HMAC_SHA1":
        expected, others, other = auth_tokens, shared_keys, _shared_key_with_sha1
    else:
        expected, others, other = shared_keys, auth_tokens, _auth_token_with_sha256
    if named != algorithm:
        found = tuple(_wrong_header(secret, algorithm, named) for secret in expected)
    else:
        found = tuple(_expected(expected, SETTINGS[algorithm]))
    return Keys(algorithm, found, tuple(other(secret) for secret in others))


def _expected(secrets: Sequence[str], setting: str) -> Iterator[Key]:
    for number, secret in enumerate(secrets, start=1):
        if number == 1:
            yield Key(secret.encode())
        else:
            finding = f"it is signed with secret {number} of the {len(secrets)} of {setting}"
            next_step = f"nothing is wrong; to expect this one, write it first in {setting}"
            yield Key(secret.encode(), "another token", finding, next_step)


def _wrong_header(secret: str, algorithm: str, named: str) -> Key:
    if algorithm == "HMAC_SHA256":
        finding = f"it is signed with a SharedKey and HMAC_SHA256, and {_HEADER} does not say so"
        next_step = f"send {_HEADER} with algorithm=HMAC_SHA256, and let the proxy pass it"
    else:
        names = named if named in LENGTHS else "another algorithm"
        finding = f"it is signed with the auth token and HMAC_SHA1, and {_HEADER} names {names}"
        next_step = f"send it without this header, or {_WITH_SHARED_KEY}"
    return Key(secret.encode(), "algorithm", finding, next_step)


def _shared_key_with_sha1(secret: str) -> Key:
    finding = "it is signed with a SharedKey and HMAC_SHA1"
    next_step = f"{_BY_SHA256}, or sign with the auth token"
    return Key(secret.encode(), "shared key", finding, next_step)


def _auth_token_with_sha256(secret: str) -> Key:
    finding = f"it is signed with the auth token and HMAC_SHA256, and {_HEADER} is for SharedKeys"
    next_step = f"sign by HMAC_SHA1 without this header, or {_WITH_SHARED_KEY}"
    return Key(secret.encode(), "shared key", finding, next_step)
