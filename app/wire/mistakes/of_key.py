"""Mistakes about what a request was signed with."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.wire.algorithms import LENGTHS

_OWNERS = "set TWILIO_AUTH_TOKEN to that of the account that owns the number"
_HEADER = "X-Twilio-Webhooks-Signature-Settings"


class Key(NamedTuple):
    """A secret that may have signed, with the mistake that it would be; none where `cause` is
    empty.
    """

    secret: bytes
    cause: str
    sentence: str

    def __repr__(self) -> str:
        return f"Key({self.cause})"


class Keys:
    """The secrets that may have signed with one algorithm: those that should have, and others."""

    def __init__(
        self,
        auth_tokens: Sequence[str],
        shared_keys: Sequence[str],
        length: int,
        named: str,
    ) -> None:
        self.algorithm = next(each for each, size in LENGTHS.items() if size == length)
        header = "" if named == self.algorithm else self._header(named)
        by_token = self.algorithm == "HMAC_SHA1"
        expected, others = (auth_tokens, shared_keys) if by_token else (shared_keys, auth_tokens)
        self.expected = list(_expected(expected, header, by_token=by_token))
        self.others = list(_others(others, auth_tokens, by_token=by_token))

    def __repr__(self) -> str:
        return f"Keys({self.algorithm}, {len(self.expected)}, {len(self.others)})"

    def _header(self, named: str) -> str:
        if self.algorithm == "HMAC_SHA256":
            return (
                f"it is signed with a SharedKey and HMAC_SHA256, but {_HEADER} does not say so: "
                "let the proxy pass it; what set TWILIO_WEBHOOK_SHARED_KEY can check then is right"
            )
        said = "HMAC_SHA256" if named == "HMAC_SHA256" else "another algorithm"
        return (
            f"it is signed with the auth token and HMAC_SHA1, but {_HEADER} names {said}: "
            "send it without this header, or set TWILIO_WEBHOOK_SHARED_KEY and sign with that"
        )


def _expected(secrets: Sequence[str], header: str, *, by_token: bool) -> Iterator[Key]:
    name = "TWILIO_AUTH_TOKEN" if by_token else "TWILIO_WEBHOOK_SHARED_KEY"
    for number, secret in enumerate(secrets, start=1):
        if header:
            yield Key(secret.encode(), "algorithm", header)
        elif number == 1:
            yield Key(secret.encode(), "", "")
        else:
            told = f"it is signed with secret {number} of the {len(secrets)} of {name}"
            advice = (
                f"each is accepted; where the first is expected, set {name} with this one first"
            )
            yield Key(secret.encode(), "another token", f"{told}: {advice}")


def _others(secrets: Sequence[str], auth_tokens: Sequence[str], *, by_token: bool) -> Iterator[Key]:
    if by_token:
        told = "it is signed with a SharedKey, but with HMAC_SHA1 and so as with an auth token"
        advice = f"sign with HMAC_SHA256 and say so in {_HEADER}, or {_OWNERS}"
    else:
        told = "it is signed with the auth token, but with HMAC_SHA256 and so as with a SharedKey"
        advice = "sign with HMAC_SHA1, or set TWILIO_WEBHOOK_SHARED_KEY and sign with that"
    for secret in secrets:
        yield Key(secret.encode(), "shared key", f"{told}: {advice}")
    for token in auth_tokens if by_token else ():
        if (bare := token.strip("'\"")) != token:
            quoted = "TWILIO_AUTH_TOKEN has quotation marks that are no part of it"
            yield Key(bare.encode(), "quoted token", f"{quoted}: set TWILIO_AUTH_TOKEN without")
