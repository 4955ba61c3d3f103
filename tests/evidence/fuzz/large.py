"""Real requests with one part at its size limit or over it, to find slow code."""

import random
from urllib.parse import quote_from_bytes

from tests.evidence.fuzz.raw_request import SETTINGS, RawRequest
from tests.evidence.fuzz.seeds import TEXTS, as_json, got, posted

TARGET, HEADERS, BODY = 8_190, 15_360, 1_048_576
"""The limits in the contract, in bytes: of a request line, of all headers, of a body."""
PIECES = (
    b"a", b"&", b"=", b"+", b"%", b"%41", b"%ff", b"a&", b"a=1&", b"a=%20&", b"[", b'{"a":', b"\\",
    b"\\ud800", b"parley=;", b"parley=1.a.b,", b"\xff", b"<", b"&amp;", b"\r\n", b",", b";", b" ",
    b"9", b"-", b"1:", b"/", b"?", b"e\xcc\x81", b"\xcc\x81", b"\xf0\x9f\x91\xa8\xe2\x80\x8d",
    b"\xf0\x9f\x87\xa6", b"\xef\xbf\xbf", b"yes ", b"tomorrow ", b"crane ",
)  # fmt: skip
PARAMETERS = {
    "MessageSid": f"SM{9:032x}",
    "From": "+15550000009",
    "To": "+15559870002",
    "Body": "hi",
}


KINDS = (b"application/x-www-form-urlencoded", b"application/json", b"text/plain")
VALUES = (b"Cookie", b"X-Twilio-Signature", SETTINGS, b"Content-Type", b"X-Request-ID")


def drawn(rng: random.Random) -> RawRequest:
    """Return a random request; half of them are signed."""
    shape = rng.choice((_body, _text, _text, _json, _target, _header))
    request = RawRequest.read(shape(rng.choice(PIECES), rng).as_http())
    return request.signed() if rng.random() < 0.5 else request


def _body(piece: bytes, rng: random.Random) -> RawRequest:
    request = posted("recorder", PARAMETERS).with_header(b"Content-Type", rng.choice(KINDS))
    start = rng.choice((b"", request.body + b"&"))
    return request._replace(body=_filled(start, piece, rng.choice((BODY, BODY + 1))))


def _text(piece: bytes, rng: random.Random) -> RawRequest:
    """Return a text whose body or sender is as large as possible."""
    name = rng.choice(("Body", "Body", "Body", "From"))
    request = posted(rng.choice(TEXTS)[0], {**PARAMETERS, name: ""})
    value = _filled(request.body, quote_from_bytes(piece).encode(), BODY, whole=True)
    rest = value[len(request.body) :]
    return request._replace(
        body=request.body.replace(f"{name}=".encode(), f"{name}=".encode() + rest)
    )


def _json(piece: bytes, rng: random.Random) -> RawRequest:
    flow, _ = rng.choice(TEXTS)
    return as_json(flow, {**PARAMETERS, "Body": piece.decode("latin-1") * (BODY // 20)})


def _target(piece: bytes, rng: random.Random) -> RawRequest:
    request = got("recorder", PARAMETERS)
    size = rng.choice((TARGET - len("GET  HTTP/1.1"), TARGET, 2 * TARGET))
    return request._replace(target=_filled(request.target + b"&a=", piece, size))


def _header(piece: bytes, rng: random.Random) -> RawRequest:
    request, name = posted("recorder", PARAMETERS), rng.choice(VALUES)
    start = rng.choice((b"", request.header(name), b"parley=1.a."))
    return request.with_header(name, _filled(start, piece, HEADERS - rng.choice((0, 800))))


def _filled(start: bytes, piece: bytes, size: int, *, whole: bool = False) -> bytes:
    """Return some bytes and a piece, repeated up to a size; the last is `whole` or cut."""
    times, rest = divmod(size - len(start), len(piece))
    return start + piece * times + (b"" if whole else piece[:rest])
