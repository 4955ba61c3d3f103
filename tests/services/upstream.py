"""A server on a free port of 127.0.0.1 that misbehaves as a test specifies."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Answer = Callable[[socket.socket], None]
PICTURE = b'{"message": "https://images.example.com/doge.jpg", "status": "success"}'


def said(body: bytes, status: str = "200 OK", *headers: str, length: int | None = None) -> bytes:
    """Return the bytes of a response; `length` is its declared length."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}"]
    return "\r\n".join([*head, *headers, "Connection: close", "", ""]).encode() + body


def chunked(body: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    return head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


def sends(answer: bytes, *, after: float = 0.0) -> Answer:
    def act(connection: socket.socket) -> None:
        time.sleep(after)
        connection.sendall(answer)

    return act


def drips(answer: bytes, *, from_byte: int = 0, every: float = 0.3) -> Answer:
    """Send some bytes at once, and the rest one at a time, for at most 30 seconds."""

    def act(connection: socket.socket) -> None:
        connection.sendall(answer[:from_byte])
        for byte in answer[from_byte : from_byte + int(30 / every)]:
            connection.sendall(bytes([byte]))
            time.sleep(every)

    return act


def sends_without_end(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[")
    for _ in range(5_000):
        connection.sendall(b"1," * 8_192)


def stalls(connection: socket.socket) -> None:
    connection.settimeout(30)
    with suppress(OSError):
        while connection.recv(65_536):
            pass


def whole_request(connection: socket.socket) -> bytes:
    """Read the head of a request and as much of the body as it declares."""
    asked = b""
    while b"\r\n\r\n" not in asked and (part := connection.recv(65_536)):
        asked += part
    head, _, body = asked.partition(b"\r\n\r\n")
    declared = head.lower().partition(b"\r\ncontent-length: ")[2].partition(b"\r\n")[0]
    while len(body) < int(declared or 0) and (part := connection.recv(65_536)):
        body += part
    return head + b"\r\n\r\n" + body


@contextmanager
def source(
    *answers: Answer, tls: ssl.SSLContext | None = None
) -> Iterator[tuple[str, list[bytes]]]:
    """Yield the URL of a server with these responses in turn, and the requests that it got."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http{'s' if tls else ''}://127.0.0.1:{listener.getsockname()[1]}/doge"

        def serve() -> None:
            for answer in answers:
                with suppress(OSError):
                    connection, _ = listener.accept()
                    if tls:
                        connection = tls.wrap_socket(connection, server_side=True)
                    with connection:
                        asked.append(whole_request(connection))
                        answer(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield url, asked


@contextmanager
def answering_connections(answer: Answer) -> Iterator[tuple[str, list[float]]]:
    """Yield the address of a server that reads nothing, and the end times of its connections."""
    ended: list[float] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    answer(connection)
                ended.append(time.monotonic())

        threading.Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}", ended


@contextmanager
def answering_many(answer: Answer) -> Iterator[str]:
    """Yield the URL of a server with a thread for each of its connections."""

    def act(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            whole_request(connection)
            answer(connection)

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=act, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        serving = threading.Thread(target=serve, daemon=True)
        serving.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/doge"
        listener.shutdown(socket.SHUT_RDWR)
        serving.join(5)
