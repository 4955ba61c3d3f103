"""The two algorithms with which Twilio signs, and the text that it signs with them."""

import hmac
from base64 import b64encode

from app.wire.parameters import Pairs

DIGESTS = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
SETTINGS = {"HMAC_SHA1": "TWILIO_AUTH_TOKEN", "HMAC_SHA256": "TWILIO_WEBHOOK_SHARED_KEY"}
LENGTHS = {"HMAC_SHA1": 28, "HMAC_SHA256": 44}
"""Characters of a signature."""


def named_algorithm(signature_settings: str) -> str:
    """The algorithm that `X-Twilio-Webhooks-Signature-Settings` names; HMAC_SHA1 without one.

    The header reads `key=…,algorithm=HMAC_SHA256`. One that names none is unknown, and one that
    names two is the two joined, and so unknown too.
    """
    if not signature_settings.strip():
        return "HMAC_SHA1"
    parts = (part.partition("=") for part in signature_settings.split(","))
    return "+".join(value.strip() for name, _, value in parts if name.strip() == "algorithm")


def signed_form(form: Pairs) -> bytes:
    """What is signed of a form, behind the URL: its pairs sorted, each once, nothing between."""
    by_name = dict(form)
    if len(by_name) == len(form):
        text = "".join([name + by_name[name] for name in sorted(by_name)])
    else:
        text = "".join([name + value for name, value in sorted(set(form))])
    return text.encode(errors="surrogatepass")


def is_signature(given: bytes, key: bytes, text: bytes, algorithm: str) -> bool:
    """Whether `given` is the signature of a text, compared in constant time."""
    return hmac.compare_digest(b64encode(hmac.digest(key, text, DIGESTS[algorithm])), given)
