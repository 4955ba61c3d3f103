"""Real requests with one part made as large as is read, and larger: what takes long shows there."""

import random
from urllib.parse import quote_from_bytes

from prove.fuzz.asked import Asked
from prove.fuzz.seeds import RESIDENTS, as_json, got, posted
from prove.fuzz.signing import SETTINGS, signed

TARGET, HEADERS, BODY = 8_190, 15_360, 1_048_576
"""Bytes of the contract's limits: of a request line, of all headers, of a body."""
PIECES = (
    b"a", b"&", b"=", b"+", b"%", b"%41", b"%ff", b"a&", b"a=1&", b"a=%20&", b"[", b'{"a":', b"\\",
    b"\\ud800", b"parley=;", b"parley=1.a.b,", b"\xff", b"<", b"&amp;", b"\r\n", b",", b";", b" ",
    b"9", b"-", b"1:", b"/", b"?", b"e\xcc\x81", b"\xcc\x81", b"\xf0\x9f\x91\xa8\xe2\x80\x8d",
    b"\xf0\x9f\x87\xa6", b"\xef\xbf\xbf", b"yes ", b"tomorrow ", b"crane ",
)  # fmt: skip
SAID = {"MessageSid": f"SM{9:032x}", "From": "+15550000009", "To": "+15559870002", "Body": "hi"}


KINDS = (b"application/x-www-form-urlencoded", b"application/json", b"text/plain")
VALUES = (b"Cookie", b"X-Twilio-Signature", SETTINGS, b"Content-Type", b"X-Request-ID")


def drawn(lots: random.Random) -> Asked:
    """A request, drawn by lot; half of them are signed."""
    shape = lots.choice((_body, _said, _said, _json, _target, _header))
    asked = Asked.read(shape(lots.choice(PIECES), lots).as_http())
    return signed(asked) if lots.random() < 0.5 else asked


def _body(piece: bytes, lots: random.Random) -> Asked:
    asked = posted("witness", SAID).with_header(b"Content-Type", lots.choice(KINDS))
    start = lots.choice((b"", asked.body + b"&"))
    return asked._replace(body=_filled(start, piece, lots.choice((BODY, BODY + 1))))


def _said(piece: bytes, lots: random.Random) -> Asked:
    """A text, or the number of who sends it, as large as a body can be."""
    name = lots.choice(("Body", "Body", "Body", "From"))
    asked = posted(lots.choice(RESIDENTS)[0], {**SAID, name: ""})
    value = _filled(asked.body, quote_from_bytes(piece).encode(), BODY, whole=True)
    said = value[len(asked.body) :]
    return asked._replace(body=asked.body.replace(f"{name}=".encode(), f"{name}=".encode() + said))


def _json(piece: bytes, lots: random.Random) -> Asked:
    flow, _ = lots.choice(RESIDENTS)
    return as_json(flow, {**SAID, "Body": piece.decode("latin-1") * (BODY // 20)})


def _target(piece: bytes, lots: random.Random) -> Asked:
    asked = got("witness", SAID)
    size = lots.choice((TARGET - len("GET  HTTP/1.1"), TARGET, 2 * TARGET))
    return asked._replace(target=_filled(asked.target + b"&a=", piece, size))


def _header(piece: bytes, lots: random.Random) -> Asked:
    asked, name = posted("witness", SAID), lots.choice(VALUES)
    start = lots.choice((b"", asked.header(name), b"parley=1.a."))
    return asked.with_header(name, _filled(start, piece, HEADERS - lots.choice((0, 800))))


def _filled(start: bytes, piece: bytes, size: int, *, whole: bool = False) -> bytes:
    """Some bytes and then a piece again and again, up to a size; its last one `whole` or cut."""
    times, rest = divmod(size - len(start), len(piece))
    return start + piece * times + (b"" if whole else piece[:rest])
