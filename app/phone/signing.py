"""Signing as Twilio does, with its own library."""

from collections.abc import Mapping
from hashlib import sha256

from twilio.request_validator import RequestValidator


def sign(url: str, parameters: Mapping[str, str], auth_token: str) -> str:
    """The `X-Twilio-Signature` of a form with these parameters; of none, that of a bare URL."""
    return str(RequestValidator(auth_token).compute_signature(url, dict(parameters)))


def with_body_hash(url: str, body: bytes) -> str:
    """The URL with the body's `bodySHA256`, as Twilio calls it with a JSON body."""
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}bodySHA256={sha256(body).hexdigest()}"
