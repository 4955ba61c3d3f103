"""A name server on 127.0.0.1:53 that answers some names and not others."""

import socket
import struct

A = 1
"""The type of a question for an IPv4 address."""
ADDRESSES = {b"honest": ["127.0.0.1"], b"two": ["127.0.0.2", "127.0.0.1"]}
"""The addresses of a name by its first label; queries for other names get no response."""


def answer(query: bytes) -> bytes | None:
    """Return the response to a query; None for a name without a response."""
    first = query[13 : 13 + query[12]]
    if first not in ADDRESSES:
        return None
    end = query.index(b"\0", 12) + 5
    (kind,) = struct.unpack("!H", query[end - 4 : end - 2])
    found = ADDRESSES[first] if kind == A else []
    records = [
        b"\xc0\x0c" + struct.pack("!HHIH", A, 1, 60, 4) + socket.inet_aton(each) for each in found
    ]
    counts = struct.pack("!HHHH", 1, len(records), 0, 0)
    return query[:2] + b"\x81\x80" + counts + query[12:end] + b"".join(records)


def serve() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 53))
        print("ready", flush=True)
        for _ in range(10_000):
            query, client = server.recvfrom(2_048)
            if response := answer(query):
                server.sendto(response, client)


if __name__ == "__main__":
    serve()
