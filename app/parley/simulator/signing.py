"""Signing as Twilio does, with its own library."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from twilio.request_validator import RequestValidator

HMAC_SHA1, HMAC_SHA256 = "HMAC_SHA1", "HMAC_SHA256"


def sign(url: str, parameters: Mapping[str, Any], secret: str, algorithm: str = HMAC_SHA1) -> str:
    """Return the `X-Twilio-Signature` of a form; without parameters, that of the URL.

    `secret` is the auth token, or a SharedKey for HMAC_SHA256. A list is a repeated name.
    """
    validator = RequestValidator(secret)
    return str(validator.compute_signature(url, _Form(parameters), algorithm))


def with_body_hash(url: str, body: bytes) -> str:
    """Return the URL with the body's `bodySHA256`, as for Twilio's JSON requests."""
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}bodySHA256={sha256(body).hexdigest()}"


class _Form(dict[str, Any]):
    """Parameters in the form in which Twilio's library reads repeated names."""

    def getlist(self, name: str) -> list[str]:
        value = self[name]
        return value if isinstance(value, list) else [value]
