"""Real requests to start from, signed by Twilio's own library, some with a real cookie."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from parley.simulator import signed_text as kinds
from parley.simulator.signed_text import signed_text
from parley.simulator.signing import HMAC_SHA256
from tests.evidence.fuzz.checks import Checker
from tests.evidence.fuzz.raw_request import FORM, SHARED_KEY, SIGNATURE, RawRequest
from tests.webhook import PUBLIC_URL, TOKEN, message

VECTORS = Path(__file__).parents[3] / "tests/twilio/signature_vectors.json"
TEXTS = (
    ("appointment", "tomorrow at 10"), ("brief-counter", "hi"), ("counter", "hi"),
    ("directory", "Alice"), ("dynamic-reply", "hello"), ("five-letters", "crane"),
    ("forward", "hi"), ("message-number", "hi"), ("mms-reply", "hi"), ("reset-after-five", "hi"),
    ("sign-up", "Alice"), ("static-reply", "hi"), ("recorder", "hi"), ("recorder", "STOP"),
)  # fmt: skip
OTHERS = ("GET /healthz", "GET /metrics", "HEAD /", "OPTIONS *", "GET /phone/", "POST /sms/none")


def seeds(checker: Checker) -> list[bytes]:
    """Return the requests; cookies come from the responses to other requests."""
    requests = [*_texts(checker), *_vectors()]
    for each in OTHERS:
        method, target = each.encode().split()
        requests.append(RawRequest(method, target, (), b"").signed())
    return [each.as_http() for each in requests]


def _texts(checker: Checker) -> Iterator[RawRequest]:
    for number, (flow, body) in enumerate(TEXTS):
        parameters = message(body, from_=f"+1555000{number:04}")
        for first in (posted(flow, parameters), got(flow, parameters), as_json(flow, parameters)):
            yield first
            cookie = dict(checker.send(first).headers).get("Set-Cookie", "").partition(";")[0]
            if cookie:
                yield first.with_header(b"Cookie", cookie.encode())
        url = f"{PUBLIC_URL}/sms/{flow}"
        yield RawRequest.of(signed_text(url, parameters, SHARED_KEY, algorithm=HMAC_SHA256))
    url = f"{PUBLIC_URL}/sms/counter"
    yield posted("fallback", message(from_="+15550000099", ErrorCode="11200", ErrorUrl=url))


def posted(flow: str, parameters: Mapping[str, Any], kind: str = kinds.FORM) -> RawRequest:
    """Return a signed text."""
    return RawRequest.of(signed_text(f"{PUBLIC_URL}/sms/{flow}", parameters, TOKEN, kind=kind))


def got(flow: str, parameters: Mapping[str, Any]) -> RawRequest:
    return posted(flow, parameters, kinds.GET)


def as_json(flow: str, parameters: Mapping[str, Any]) -> RawRequest:
    return posted(flow, parameters, kinds.JSON)


def _vectors() -> Iterator[RawRequest]:
    """Return the published and recorded requests, with their own and this server's signatures."""
    for vector in json.loads(VECTORS.read_text())["vectors"]:
        url = urlsplit(vector["url"])
        target = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
        kind, body = FORM, urlencode(vector.get("params") or {}, doseq=True)
        if vector.get("body") is not None:
            kind, body = b"application/json", vector["body"]
        headers = ((b"Content-Type", kind),) if body else ()
        request = RawRequest(vector["method"].encode(), target.encode(), headers, body.encode())
        yield request.with_header(SIGNATURE, vector["signature"].encode())
        yield request.signed()
