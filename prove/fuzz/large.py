"""Real requests with one part made as large as is read, and larger: what takes long shows there."""

from collections.abc import Iterator
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


def requests() -> Iterator[Asked]:
    """The requests; each comes as it is, and is signed by whoever wants it signed."""
    for piece in PIECES:
        yield from _bodies(piece)
        yield from _heads(piece)


def _bodies(piece: bytes) -> Iterator[Asked]:
    form = posted("witness", SAID)
    for size in (BODY, BODY + 1):
        for kind in (b"application/x-www-form-urlencoded", b"application/json", b"text/plain"):
            yield form.with_header(b"Content-Type", kind)._replace(body=_filled(b"", piece, size))
        yield form._replace(body=_filled(form.body + b"&", piece, size))
    for flow, _ in RESIDENTS:
        for name in (b"&Body=", b"&From="):
            asked = posted(flow, SAID)
            escaped = quote_from_bytes(piece).encode()
            rest = asked.body.replace(name[1:], b"Was") + name
            yield asked._replace(body=_filled(rest, escaped, BODY, whole=True))
    yield as_json("witness", {**SAID, "Body": piece.decode("latin-1") * (BODY // 20)})


def _heads(piece: bytes) -> Iterator[Asked]:
    query = got("witness", SAID)
    for size in (TARGET - len("GET  HTTP/1.1"), TARGET, 2 * TARGET):
        target = _filled(query.target + b"&a=", piece, size)
        yield Asked.read(query._replace(target=target).as_http())
    form = posted("witness", SAID)
    for name in (b"Cookie", b"X-Twilio-Signature", SETTINGS, b"Content-Type", b"X-Request-ID"):
        for start in (b"", form.header(name), b"parley=1.a."):
            for size in (HEADERS - 800, HEADERS):
                value = _filled(start, piece, size)
                yield Asked.read(form.with_header(name, value).as_http())


def _filled(start: bytes, piece: bytes, size: int, *, whole: bool = False) -> bytes:
    """Some bytes and then a piece again and again, up to a size; its last one `whole` or cut."""
    times, rest = divmod(size - len(start), len(piece))
    return start + piece * times + (b"" if whole else piece[:rest])


def both() -> Iterator[Asked]:
    """Each as it is, and signed."""
    for asked in requests():
        yield asked
        yield signed(asked)
