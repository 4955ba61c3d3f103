"""Random changes to a request: to its bytes, or to one of its parts."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from tests.evidence.fuzz.raw_request import RawRequest

Change = Callable[[bytes, random.Random], bytes]

TOKENS = (
    b"parley=", b"Max-Age=0", b"algorithm=HMAC_SHA256", b"algorithm=HMAC_SHA1", b"bodySHA256=",
    b"From=%2B15550000001", b"&To=", b"MessageSid=", b"Body=STOP", b"OptOutType=STOP",
    b"MediaUrl0=", b"application/xml", b"\\u0000",
    b"NumMedia=10", b"ErrorCode=11200", b"ErrorUrl=//[", b"%00", b"%0D%0A", b"%F0%9F%98%80", b"%ff",
    b"%ED%A0%80", b"%", b"&", b"=", b"+", b";", b",", b"?", b"#", b"//", b"/../", b"..;/", b"\xff",
    b"\x00", b"application/json", b"application/vnd.x+json", b"multipart/form-data; boundary=x",
    b"application/x-www-form-urlencoded", b'{"From":', b'"\\ud800"', b"1e999", b"NaN", b"[[[[",
    b"text/plain", b"; charset=utf-16", b"=?", b"AC", b"/sms/", b"/healthz", b"/metrics", b"GET",
    b"HEAD", b"OPTIONS", b"/phone/", b"https://sms.example.com", b"0" * 13, b"-1", b"\xc2\xa0",
)  # fmt: skip
HEADERS = (
    b"Cookie", b"Content-Type", b"X-Twilio-Signature", b"X-Twilio-Webhooks-Signature-Settings",
    b"Host", b"Authorization", b"traceparent", b"X-Request-ID", b"X-Forwarded-Proto",
    b"X-HTTP-Method-Override", b"Script-Name", b"Expect",
)  # fmt: skip


def changed(raw: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """Return a request with one to four changes; some parts may come from other requests."""
    for _ in range(rng.choice((1, 1, 2, 4))):
        raw = of_bytes(raw, rng) if rng.random() < 0.2 else of_a_part(raw, rng, others)
    return raw


def of_bytes(text: bytes, rng: random.Random) -> bytes:
    """Change some bytes."""
    start = rng.randrange(len(text) + 1)
    end = min(len(text), start + rng.choice((1, 1, 2, 4, 16, 64)))
    piece = text[start:end]
    new = rng.choice((_nothing, _flipped, _twice, _token, _escaped, _random))(piece, rng)
    return text[:start] + new + text[end:]


def of_a_part(
    raw: bytes, rng: random.Random, others: Sequence[bytes], change: Change = of_bytes
) -> bytes:
    """Change the method, the target, a header or the body, or copy it from another request."""
    request, other = RawRequest.read(raw), RawRequest.read(rng.choice(others))
    name = rng.choice(("method", "target", "target", "header", "header", "header", "body", "body"))
    taken = rng.random() < 0.2
    if name != "header":
        part = getattr(other if taken else request, name)
        new: Any = part if taken else change(part, rng)
        return request._replace(**{name: new}).as_http()
    header = rng.choice(HEADERS)
    value = other.header(header) if taken else change(request.header(header), rng)
    if rng.random() < 0.1:  # a second header of the same name
        return request._replace(headers=(*request.headers, (header, value))).as_http()
    return request.with_header(header, value).as_http()


def _nothing(_: bytes, __: random.Random) -> bytes:
    return b""


def _flipped(piece: bytes, rng: random.Random) -> bytes:
    if not piece:
        return _random(piece, rng)
    at = rng.randrange(len(piece))
    return piece[:at] + bytes([piece[at] ^ 1 << rng.randrange(8)]) + piece[at + 1 :]


def _twice(piece: bytes, rng: random.Random) -> bytes:
    return piece * rng.choice((2, 2, 3, 50))


def _token(piece: bytes, rng: random.Random) -> bytes:
    return rng.choice((b"", piece)) + rng.choice(TOKENS)


def _escaped(piece: bytes, _: random.Random) -> bytes:
    return b"".join(b"%%%02X" % each for each in piece)


def _random(piece: bytes, rng: random.Random) -> bytes:
    return rng.randbytes(max(1, len(piece)))
