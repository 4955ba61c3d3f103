"""A connection that sends the head of an answer together with its body."""

import socket
from pathlib import Path

import pytest

from app.web.joined import Joined


def test_a_head_waits_for_its_body(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    joined = Joined.of(ours)
    theirs.settimeout(0)
    file = tmp_path / "file"
    file.write_bytes(b"a file")
    with joined, theirs, file.open("rb") as opened:
        with joined.joined():
            joined.sendall(b"a head\r\n\r\n")
            with pytest.raises(BlockingIOError):
                theirs.recv(100)
            joined.sendall(b"a body")
            assert theirs.recv(100) == b"a head\r\n\r\na body"
            joined.sendall(b"of a file\r\n\r\n")
            joined.sendfile(opened)
            assert theirs.recv(100) == b"of a file\r\n\r\na file"
            joined.sendall(b"of a part\r\n\r\n")
            joined.send(b"a part")
            assert theirs.recv(100) == b"of a part\r\n\r\na part"
            joined.sendall(b"another\r\n\r\n")
        assert theirs.recv(100) == b"another\r\n\r\n"
        joined.sendall(b"alone\r\n\r\n")
        assert theirs.recv(100) == b"alone\r\n\r\n"
