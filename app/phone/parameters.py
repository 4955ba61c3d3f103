"""The parameters that Twilio sends with an inbound message."""

import secrets
from collections.abc import Sequence


def inbound(
    from_: str, to: str, body: str, media_urls: Sequence[str] = (), segments: int = 1
) -> dict[str, str]:
    """One message with a SID of its own, blank values included."""
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
    for number, url in enumerate(media_urls):
        parameters[f"MediaUrl{number}"] = url
        parameters[f"MediaContentType{number}"] = "image/jpeg"
    return parameters
