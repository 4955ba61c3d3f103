"""A request like Twilio's: signed with Twilio's own library, with Twilio's headers."""

import json
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from parley.http_client import Request
from parley.simulator.signing import HMAC_SHA1, HMAC_SHA256, sign, with_body_hash

FORM, GET, JSON = "form", "get", "json"


def signed_text(
    url: str,
    parameters: Mapping[str, Any],
    secret: str,
    *,
    kind: str = FORM,
    algorithm: str = HMAC_SHA1,
    cookie: str = "",
    token: str = "",
) -> Request:
    """Return the request with these parameters to `url`, with `cookie`.

    `kind` says where the parameters are: in a form, in the query of a GET, or in a JSON body that
    `bodySHA256` covers. A list is a repeated name. `secret` is the auth token, or a SharedKey for
    HMAC_SHA256. `token` is the idempotency token, which a retry repeats.
    """
    method, headers, body = ("GET" if kind == GET else "POST"), {}, b""
    if kind == FORM:
        headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        body = urlencode(parameters, doseq=True).encode()
    elif kind == JSON:
        headers["Content-Type"] = "application/json"
        body = json.dumps(dict(parameters), ensure_ascii=False).encode()
        url = with_body_hash(url, body)
    elif parameters:
        url = f"{url}{'&' if '?' in url else '?'}{urlencode(parameters, doseq=True)}"
    headers |= {
        "User-Agent": "TwilioProxy/1.1",
        "Accept": "*/*",
        "X-Home-Region": "us1",
        "I-Twilio-Idempotency-Token": token or str(uuid.uuid4()),
        "X-Twilio-Signature": sign(url, parameters if kind == FORM else {}, secret, algorithm),
    }
    if algorithm == HMAC_SHA256:
        settings = f"key=webhooks_sharedkey_1,algorithm={algorithm}"
        headers["X-Twilio-Webhooks-Signature-Settings"] = settings
    if cookie:
        headers["Cookie"] = cookie
    return Request(method, url, headers, body)
