"""Explain a request pasted into the page, like `parley explain`."""

from parley.diagnosis.pasted_request import SETTINGS, read_pasted
from parley.diagnosis.refused_request import explain_refused, split
from parley.settings import Settings
from parley.twilio.signature import Received


def explain_pasted(settings: Settings, text: str, signature: str) -> dict[str, str]:
    """Return the cause, and a sentence that ends with what to do.

    `signature` is the refused one, if it is not in the text. Raises ValueError, with what to paste,
    for a text that is not a request.
    """
    found = read_pasted(text)
    signature = signature.strip() or found.signature
    if not signature:
        raise ValueError("The signature is missing: give the X-Twilio-Signature of the request.")
    called, target = split(found.url, settings.public_url)
    received = Received(
        target.encode(errors="surrogateescape"),
        found.content_type,
        found.body,
        signature,
        found.headers.get(SETTINGS, ""),
    )
    diagnosis = explain_refused(
        received,
        public_url=settings.public_url or called,
        auth_tokens=settings.auth_tokens,
        shared_keys=settings.shared_keys,
        called=called,
    )
    return {"cause": diagnosis.cause, "sentence": diagnosis.sentence}
