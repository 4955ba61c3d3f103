"""Changes to a request, drawn by lot: to its bytes, or to one of its parts."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from prove.fuzz.asked import Asked

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


def changed(raw: bytes, lots: random.Random, others: Sequence[bytes]) -> bytes:
    """A request with one to four changes; parts of others may come into it."""
    for _ in range(lots.choice((1, 1, 2, 4))):
        raw = of_bytes(raw, lots) if lots.random() < 0.2 else of_a_part(raw, lots, others)
    return raw


def of_bytes(text: bytes, lots: random.Random) -> bytes:
    """One change to some bytes, whatever they are."""
    start = lots.randrange(len(text) + 1)
    end = min(len(text), start + lots.choice((1, 1, 2, 4, 16, 64)))
    piece = text[start:end]
    new = lots.choice((_nothing, _flipped, _twice, _token, _escaped, _random))(piece, lots)
    return text[:start] + new + text[end:]


def of_a_part(
    raw: bytes, lots: random.Random, others: Sequence[bytes], change: Change = of_bytes
) -> bytes:
    """A change to method, target, a header or the body, or that of another request in its place."""
    asked, other = Asked.read(raw), Asked.read(lots.choice(others))
    name = lots.choice(("method", "target", "target", "header", "header", "header", "body", "body"))
    taken = lots.random() < 0.2
    if name != "header":
        part = getattr(other if taken else asked, name)
        new: Any = part if taken else change(part, lots)
        return asked._replace(**{name: new}).as_http()
    header = lots.choice(HEADERS)
    value = other.header(header) if taken else change(asked.header(header), lots)
    if lots.random() < 0.1:  # a second one of the same name
        return asked._replace(headers=(*asked.headers, (header, value))).as_http()
    return asked.with_header(header, value).as_http()


def _nothing(_: bytes, __: random.Random) -> bytes:
    return b""


def _flipped(piece: bytes, lots: random.Random) -> bytes:
    if not piece:
        return _random(piece, lots)
    at = lots.randrange(len(piece))
    return piece[:at] + bytes([piece[at] ^ 1 << lots.randrange(8)]) + piece[at + 1 :]


def _twice(piece: bytes, lots: random.Random) -> bytes:
    return piece * lots.choice((2, 2, 3, 50))


def _token(piece: bytes, lots: random.Random) -> bytes:
    return lots.choice((b"", piece)) + lots.choice(TOKENS)


def _escaped(piece: bytes, _: random.Random) -> bytes:
    return b"".join(b"%%%02X" % each for each in piece)


def _random(piece: bytes, lots: random.Random) -> bytes:
    return lots.randbytes(max(1, len(piece)))
