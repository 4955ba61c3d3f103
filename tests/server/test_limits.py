"""The limits, on both sides of their last byte, in gunicorn or in Parley."""

import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from parley.server.body import MOST_CHUNKS
from tests.server.running import Server, running
from tests.server.senders import FORM
from tests.webhook import PUBLIC_URL, SETTINGS, message, signature

MIB = 1_048_576


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    with running(folder, SETTINGS) as server:
        yield server


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def raw(method: str, target: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    lines = [
        f"{method} {target} HTTP/1.1",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def get(target: str, **more: str) -> tuple[str, dict[str, str]]:
    """Return a signed GET as target and headers."""
    return target, {
        "Host": "sms.example.com",
        "Connection": "close",
        "X-Twilio-Signature": signature(PUBLIC_URL + target),
        **more,
    }


def query() -> str:
    return "/sms/counter?" + urllib.parse.urlencode(message())


@pytest.mark.parametrize(("length", "expected"), [(8_190, 200), (8_191, 414), (8_900, 414)])
def test_the_request_line(server: Server, length: int, expected: int) -> None:
    target = query() + "&Pad="
    target += "x" * (length - len(f"GET {target} HTTP/1.1"))
    assert status(server.send(raw("GET", *get(target)))) == expected


@pytest.mark.parametrize(
    ("size", "expected"), [(15_360, 200), (15_361, 431), (16_300, 431), (40_000, 431)]
)
def test_all_headers_together(server: Server, size: int, expected: int) -> None:
    target, headers = get(query())
    headers["X-Pad"] = ""
    headers["X-Pad"] = "x" * (size - sum(len(name + value) for name, value in headers.items()))
    assert status(server.send(raw("GET", target, headers))) == expected


@pytest.mark.parametrize(("count", "expected"), [(90, 200), (91, 431), (300, 431)])
def test_the_number_of_headers(server: Server, count: int, expected: int) -> None:
    target, headers = get(query())
    headers |= {f"X-{number}": "" for number in range(count - len(headers))}
    assert len(headers) == count
    assert status(server.send(raw("GET", target, headers))) == expected


def test_a_repeated_header_counts_each_time(server: Server) -> None:
    target, headers = get(query())
    for count, expected in ((90, 200), (91, 431)):
        request = raw("GET", target, headers).replace(
            b"\r\n\r\n", b"\r\nX-A: 1" * (count - len(headers)) + b"\r\n\r\n"
        )
        assert status(server.send(request)) == expected


def test_the_sizes_of_headers_with_one_name_are_added(server: Server) -> None:
    """The application gets their values joined by commas, under one name."""
    target, headers = get(query())
    left = 15_360 - sum(len(name + value) for name, value in headers.items())
    values = ["x" * 200] * ((left - 4) // 201)
    rest = left - len("X-AB") - len(",".join(values)) - 1
    for more, expected in ((0, 200), (1, 431)):
        lines = "".join(f"\r\nX-AB: {value}" for value in [*values, "x" * (rest + more)])
        request = raw("GET", target, headers).replace(b"\r\n\r\n", f"{lines}\r\n\r\n".encode())
        assert status(server.send(request)) == expected


def test_a_cookie_header_of_10_kb_passes(server: Server) -> None:
    target, headers = get(query(), Cookie="; ".join(f"c{n}={'x' * 2_000}" for n in range(5)))
    assert len(headers["Cookie"]) > 10_000
    assert status(server.send(raw("GET", target, headers))) == 200


@pytest.mark.threat("S25")
@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(("size", "expected"), [(MIB, 200), (MIB + 1, 413)])
def test_the_body(server: Server, size: int, expected: int, chunked: bool) -> None:
    form = {**message(), "Pad": ""}
    form["Pad"] = "x" * (size - len(urllib.parse.urlencode(form)))
    body = urllib.parse.urlencode(form).encode()
    assert len(body) == size
    headers = {
        "Host": "sms.example.com",
        "Connection": "close",
        "Content-Type": FORM,
        "X-Twilio-Signature": signature(f"{PUBLIC_URL}/sms/counter", form),
    }
    if chunked:
        headers["Transfer-Encoding"] = "chunked"
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    else:
        headers["Content-Length"] = str(len(body))
    assert status(server.send(raw("POST", "/sms/counter", headers, body))) == expected


@pytest.mark.threat("S25")
@pytest.mark.parametrize(
    ("chunks", "expected"), [(MOST_CHUNKS, "no signature"), (MOST_CHUNKS + 1, "unreadable body")]
)
def test_the_number_of_chunks(server: Server, chunks: int, expected: str) -> None:
    headers = {"Host": "sms.example.com", "Transfer-Encoding": "chunked", "Connection": "close"}
    body = b"1\r\nx\r\n" * chunks + b"0\r\n\r\n"
    assert status(server.send(raw("POST", "/sms/counter", headers, body))) == 403
    assert f'reason="{expected}"' in server.log().splitlines()[-1]


def test_forwarded_headers_are_ignored(server: Server) -> None:
    believed = {"SCRIPT_NAME": "/sms", "PATH_INFO": "/healthz", "X-Forwarded-Proto": "http"}
    believed |= {"X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "/sms", "Forwarded": "x"}
    for name, value in believed.items():
        target, headers = get(query(), **{name: value})
        assert status(server.send(raw("GET", target, headers))) == 200, name
        headers["X-Twilio-Signature"] = "x" * 28
        assert status(server.send(raw("GET", target, headers))) == 403, name


TWO_LENGTHS = [
    "Content-Length: 5\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding:\tchunked\r\nContent-Length: 5",
    "Content-Length: 0\r\nContent-Length: 5",
    "Content-Length: 0, 5",
    "Content-Length: +5",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    "Transfer-Encoding: xchunked",
    "X-Other: 1\nContent-Length: 5",
]


@pytest.mark.threat("S16")
@pytest.mark.parametrize("lengths", TWO_LENGTHS)
def test_a_request_with_two_lengths_is_rejected_and_its_connection_closed(
    server: Server, lengths: str
) -> None:
    """If proxy and server disagree on the end of a request, it could contain a second one."""
    hidden = b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    head = f"POST /sms/counter HTTP/1.1\r\nHost: x\r\n{lengths}\r\n\r\n"
    answer = server.send(head.encode() + hidden)
    assert status(answer) in (400, 501)
    assert answer.count(b"HTTP/1.1 ") == 1


def test_no_control_socket_is_opened(server: Server) -> None:
    """None of the Unix sockets that listen on this machine belongs to the server."""
    rows = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
    listening = {f"socket:[{row[6]}]" for row in rows if row[3] == "00010000"}
    folder = Path(f"/proc/{server.process.pid}/fd")
    ours = {str(each.readlink()) for each in folder.iterdir() if each.is_symlink()}
    assert any(each.startswith("socket:") for each in ours), "not even the TCP socket was found"
    assert not ours & listening
