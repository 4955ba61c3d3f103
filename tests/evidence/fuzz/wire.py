"""Raw bytes to a real gunicorn: whatever they are, its answers are HTTP, and it goes on answering.

Nothing here is signed with a secret of that server, so that nothing at all may be let in.
"""

import random
import re
import socket
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.texts import form
from prove.fuzz.application import SETTINGS
from prove.fuzz.asked import Asked
from prove.fuzz.changing import changed, of_bytes
from prove.fuzz.counts import Counts
from prove.fuzz.judging import AGAIN, SLOWEST
from prove.fuzz.seeds import posted
from prove.fuzz.signing import HEADER
from tests.server.running import running

BY_GUNICORN = frozenset({400, 414, 417, 431, 501})
"""What gunicorn answers by itself, and in its own words, to what is no request that it reads."""
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
"""What no webhook sends, and somebody who looks for a gap may."""
OURS = b"This is no inbound message"
_HEAD = re.compile(rb"HTTP/1\.[0-9] ([0-9]{3}) [^\r\n]*\r\n(?:[!-9;-~]+: [^\r\n]*\r\n)*\r\n")
_LENGTH = re.compile(rb"\r\nContent-Length: ([0-9]+)\r\n", re.IGNORECASE)


def fuzz(seeds: Sequence[bytes], inputs: int, seconds: float) -> Counts:
    """Send changed requests until so many are sent or so many seconds are over."""
    with tempfile.TemporaryDirectory() as folder:
        settings = {**SETTINGS, "WEB_CONCURRENCY": "1", "EXPLAIN_REFUSALS": "off"}
        with running(Path(folder), settings) as server:
            return fuzzed(server.port, seeds, inputs, time.monotonic() + seconds)


def fuzzed(port: int, seeds: Sequence[bytes], inputs: int, end: float) -> Counts:
    lots, counts = random.Random(9), Counts()
    foreign = [*map(_foreign, seeds), *MORE * (len(seeds) // len(MORE))]
    while counts.inputs < inputs and time.monotonic() < end:
        raw = lots.choice(foreign)
        if lots.random() < 0.5:
            raw = changed(raw, lots, foreign)
        for _ in range(lots.choice((0, 1, 1, 3))):
            raw = of_bytes(raw, lots)
        judge(port, raw, counts)
        if counts.inputs % HONEST_EVERY == 0 and not is_answering(port):
            counts.find("lost", "an honest text is not answered", raw)
    return counts


def judge(port: int, raw: bytes, counts: Counts) -> None:
    """Send some bytes, and look at all that comes back."""
    counts.inputs += 1
    begun = time.perf_counter()
    answer = sent(port, raw)
    seconds = time.perf_counter() - begun
    if seconds > AGAIN:
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
        counts.find("otherwise", "an answer that is no HTTP", raw)
    if not answer and b"\r\n\r\n" in raw.lstrip(b"\r\n"):
        counts.find("lost", "no answer", raw)


def sent(port: int, raw: bytes) -> bytes:
    """All that comes back when these bytes are sent, and nothing after them."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=15) as connection:
        try:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65_536):
                answer += part
        except ConnectionError:  # it had not read everything when it closed
            pass
    return answer


def read(answer: bytes) -> list[tuple[int, bytes]]:
    """The statuses and bodies of the answers in these bytes; none where they are no HTTP."""
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
    """Whether an honest text gets its answer."""
    text = posted("counter", form("+15550000042", "still there?", random.Random(1)))
    text = text.with_header(b"Content-Length", b"%d" % len(text.body))
    answers = read(sent(port, text.as_http()))
    return [status for status, _ in answers] == [200] and b"Hello" in answers[0][1]


def _foreign(raw: bytes) -> bytes:
    """A request as somebody without a secret sends it: with a signature, but of another key."""
    asked = Asked.read(raw)
    asked = asked.with_header(HEADER, b"A" * 27 + b"=" if asked.header(HEADER) else b"")
    if asked.body:
        asked = asked.with_header(b"Content-Length", b"%d" % len(asked.body))
    return asked.as_http()
