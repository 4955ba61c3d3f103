"""Real requests to begin from, signed by Twilio's own library, some with a real cookie."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from bench.texts import form
from prove.fuzz.asked import Asked, Headers
from prove.fuzz.judging import Judge
from prove.fuzz.signing import FORM, SETTINGS, signed

VECTORS = Path(__file__).parents[2] / "tests/wire/signature_vectors.json"
USUAL: Headers = (
    (b"Host", b"sms.example.com"),
    (b"User-Agent", b"TwilioProxy/1.1"),
    (b"Accept", b"*/*"),
    (b"I-Twilio-Idempotency-Token", b"00000000-0000-4000-8000-000000000000"),
)
RESIDENTS = (
    ("appointment", "tomorrow at 10"), ("brief-counter", "hi"), ("counter", "hi"),
    ("directory", "Alice"), ("dynamic-reply", "hello"), ("five-letters", "crane"),
    ("forward", "hi"), ("message-number", "hi"), ("mms-reply", "hi"), ("reset-after-five", "hi"),
    ("sign-up", "Alice"), ("static-reply", "hi"), ("witness", "hi"), ("witness", "STOP"),
)  # fmt: skip
SHARED = b"key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
OTHERS = ("GET /healthz", "GET /metrics", "HEAD /", "OPTIONS *", "GET /phone/", "POST /sms/none")


def seeds(judge: Judge) -> list[bytes]:
    """The requests, all of them answered once; those with a cookie have it of such an answer."""
    lots = random.Random(9)
    asked = [*_texts(judge, lots), *_vectors()]
    for each in OTHERS:
        method, target = each.encode().split()
        asked.append(signed(Asked(method, target, USUAL, b"")))
    return [each.as_http() for each in asked]


def _texts(judge: Judge, lots: random.Random) -> Iterator[Asked]:
    for number, (flow, body) in enumerate(RESIDENTS):
        parameters = form(f"+1555000{number:04}", body, lots)
        for first in (posted(flow, parameters), got(flow, parameters), as_json(flow, parameters)):
            yield first
            cookie = dict(judge.ask(first).headers).get("Set-Cookie", "").partition(";")[0]
            if cookie:
                yield first.with_header(b"Cookie", cookie.encode())
        yield signed(posted(flow, parameters).with_header(SETTINGS, SHARED))
    failed = {"ErrorCode": "11200", "ErrorUrl": "https://sms.example.com/sms/counter"}
    yield posted("fallback", {**form("+15550000099", "hi", lots), **failed})


def posted(flow: str, parameters: dict[str, Any]) -> Asked:
    body = urlencode(parameters, doseq=True).encode()
    headers = (*USUAL, (b"Content-Type", FORM + b"; charset=UTF-8"))
    return signed(Asked(b"POST", f"/sms/{flow}".encode(), headers, body))


def got(flow: str, parameters: dict[str, Any]) -> Asked:
    target = f"/sms/{flow}?{urlencode(parameters, doseq=True)}".encode()
    return signed(Asked(b"GET", target, USUAL, b""))


def as_json(flow: str, parameters: dict[str, Any]) -> Asked:
    headers = (*USUAL, (b"Content-Type", b"application/json"))
    body = json.dumps(parameters).encode()
    return signed(Asked(b"POST", f"/sms/{flow}".encode(), headers, body))


def _vectors() -> Iterator[Asked]:
    """The published and measured requests, with their own signatures and those of this server."""
    for vector in json.loads(VECTORS.read_text())["vectors"]:
        url = urlsplit(vector["url"])
        target = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
        body = vector.get("body")
        kind, said = FORM, urlencode(vector.get("params") or {}, doseq=True)
        if body is not None:
            kind, said = b"application/json", body
        headers = (*USUAL, *([(b"Content-Type", kind)] if said else []))
        asked = Asked(vector["method"].encode(), target.encode(), headers, said.encode())
        yield asked.with_header(b"X-Twilio-Signature", vector["signature"].encode())
        yield signed(asked)
