"""Raw bytes to a real gunicorn: every response must be HTTP, and signed texts must be answered.

None of these requests is signed with a secret of the server, so none may be accepted.
"""

import random
import re
import socket
import time
from collections.abc import Sequence

from tests.evidence.fuzz.checks import RETRY, SLOWEST, Counts
from tests.evidence.fuzz.mutations import changed, of_bytes
from tests.evidence.fuzz.raw_request import SIGNATURE, RawRequest
from tests.webhook import Twilio, over_http

BY_GUNICORN = frozenset({400, 414, 417, 431, 501})
"""gunicorn's own error responses."""
STATUSES = frozenset({403, 405, 413}) | BY_GUNICORN
HONEST_EVERY = 100
MORE = (
    b"POST /sms/counter HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"4\r\nFrom\r\n5;a=b\r\n=%2B1\r\n0\r\nTrailer: a\r\n\r\n",
    b"POST /sms/counter HTTP/1.1\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nFrom=",
    b"POST /sms/counter HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"0\r\n\r\n",
    b"POST /sms/counter HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\na=",
    b"GET /healthz HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    b"HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nGET /healthz HTTP/1.1\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\n\r\nGET /sms/counter HTTP/1.0\r\nScript_Name: /sms\r\n\r\n",
    b"CONNECT sms.example.com:443 HTTP/1.1\r\nHost:\r\n folded\r\n\r\n",
)
"""Requests that only an attacker would send."""
OURS = b"This is not an inbound message"
_HEAD = re.compile(rb"HTTP/1\.[0-9] ([0-9]{3}) [^\r\n]*\r\n(?:[!-9;-~]+: [^\r\n]*\r\n)*\r\n")
_LENGTH = re.compile(rb"\r\nContent-Length: ([0-9]+)\r\n", re.IGNORECASE)


def fuzzed(port: int, seeds: Sequence[bytes], inputs: int) -> Counts:
    """Send so many changed requests."""
    rng, counts = random.Random(9), Counts()
    unsigned = [*map(_without_secret, seeds), *MORE * (len(seeds) // len(MORE))]
    while counts.inputs < inputs:
        raw = rng.choice(unsigned)
        if rng.random() < 0.5:
            raw = changed(raw, rng, unsigned)
        for _ in range(rng.choice((0, 1, 1, 3))):
            raw = of_bytes(raw, rng)
        check(port, raw, counts)
        if counts.inputs % HONEST_EVERY == 0 and not is_answering(port):
            counts.find("lost", "a signed text is not answered", raw)
    return counts


def check(port: int, raw: bytes, counts: Counts) -> None:
    """Send some bytes, and check the response."""
    counts.inputs += 1
    begun = time.perf_counter()
    answer = sent(port, raw)
    seconds = time.perf_counter() - begun
    if seconds > RETRY:
        begun = time.perf_counter()
        sent(port, raw)
        seconds = min(seconds, time.perf_counter() - begun)
    counts.time(seconds, len(raw))
    if seconds > SLOWEST:
        counts.find("otherwise", f"{seconds:.1f} s", raw)
    answers = read(answer)
    refused = (status in STATUSES and OURS not in body for status, body in answers)
    counts.refused += bool(answers) and all(refused)
    for status, body in answers:
        is_health = status == 200 and body == b"ok\n"
        if OURS in body or (status in (200, 404, 503) and not is_health):
            counts.find("let_in", f"let in with status {status}", raw)
        elif status not in STATUSES and status != 100 and not is_health:
            counts.find("otherwise", f"status {status}", raw)
    if answer and not answers:
        counts.find("otherwise", "an answer that is not HTTP", raw)
    if not answer and b"\r\n\r\n" in raw.lstrip(b"\r\n"):
        counts.find("lost", "no answer", raw)


def sent(port: int, raw: bytes) -> bytes:
    """Send these bytes and nothing after them, and return everything that comes back."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=15) as connection:
        try:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65_536):
                answer += part
        except ConnectionError:  # it closed before it had read everything
            pass
    return answer


def read(answer: bytes) -> list[tuple[int, bytes]]:
    """Return the statuses and bodies in these bytes; empty if they are not HTTP."""
    answers, at = [], 0
    while at < len(answer):
        head = _HEAD.match(answer, at)
        if not head:
            return []
        status, length = int(head[1]), _LENGTH.search(head[0])
        at = head.end() + (int(length[1]) if length and status != 100 else 0)
        answers.append((status, answer[head.end() : at]))
    return answers


def is_answering(port: int) -> bool:
    """Whether a signed text gets a response."""
    response = Twilio(over_http(port), from_="+15550000042").text("counter")
    return response.status_code == 200 and "Hello" in response.text


def _without_secret(raw: bytes) -> bytes:
    """Return a request without the server's secrets, signed with another key."""
    request = RawRequest.read(raw)
    request = request.with_header(SIGNATURE, b"A" * 27 + b"=" if request.header(SIGNATURE) else b"")
    if request.body:
        request = request.with_header(b"Content-Length", b"%d" % len(request.body))
    return request.as_http()
