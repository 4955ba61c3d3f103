"""The parameters that Twilio sends with an inbound message."""

import mimetypes
import secrets
from collections.abc import Sequence
from urllib.parse import urlsplit

from parley.twilio.facts import MEDIA_TYPES

PICTURE = "image/jpeg"
"""The type of a file without a suffix in its URL, like Twilio's."""
_TYPES = {ending: kind for kind, ending in reversed(MEDIA_TYPES.items())}


def inbound(
    from_: str, to: str, body: str, media_urls: Sequence[str] = (), segments: int = 1
) -> dict[str, str]:
    """Return the parameters of a message with a new SID, including blank values."""
    sid = f"{'MM' if media_urls else 'SM'}{secrets.token_hex(16)}"
    parameters = {
        "ToCountry": "US",
        "ToState": "",
        "SmsMessageSid": sid,
        "NumMedia": str(len(media_urls)),
        "ToCity": "",
        "FromZip": "",
        "SmsSid": sid,
        "FromState": "",
        "SmsStatus": "received",
        "FromCity": "",
        "Body": body,
        "FromCountry": "US",
        "To": to,
        "ToZip": "",
        "NumSegments": str(segments),
        "MessageSid": sid,
        "AccountSid": f"AC{'0' * 32}",
        "From": from_,
        "ApiVersion": "2010-04-01",
    }
    if from_.startswith("whatsapp:"):
        parameters = _of_whatsapp(parameters)
    for number, url in enumerate(media_urls):
        parameters[f"MediaUrl{number}"] = url
        parameters[f"MediaContentType{number}"] = media_type(url)
    return parameters


def media_type(url: str) -> str:
    """Return the type of the file at a URL, by its suffix."""
    path = urlsplit(url).path
    _, dot, ending = path.rpartition(".")
    return _TYPES.get(f"{dot}{ending.lower()}") or mimetypes.guess_type(path)[0] or PICTURE


def _of_whatsapp(parameters: dict[str, str]) -> dict[str, str]:
    """Return the parameters of a WhatsApp message: with a profile, without places of numbers."""
    endings = ("City", "State", "Zip", "Country")
    kept = {name: value for name, value in parameters.items() if not name.endswith(endings)}
    profile = {"ProfileName": "Ada", "WaId": parameters["From"].partition("+")[2]}
    return {**kept, **profile, "MessageType": "text", "ReferralNumMedia": "0"}
