"""A name server without a response delays only the fetches that need it."""

import json
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from parley.conversation import ServiceError
from parley.services.http import Http
from tests.server.running import ROOT, completed

OWN_NETWORK = ["unshare", "--user", "--map-root-user", "--net", "--mount", "sh", "-ec"]
"""Runs a command in its own network and mount namespaces."""
PREPARED = 'ip link set lo up; mount --bind "$0" /etc/resolv.conf; exec "$@"'


def can_have_its_own_network() -> bool:
    if not all(map(shutil.which, ("unshare", "ip", "mount"))):
        return False
    tried = [*OWN_NETWORK, PREPARED, "/etc/resolv.conf", "true"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


def test_a_lookup_times_out_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(2))
    started = time.monotonic()
    with pytest.raises(ServiceError, match=r"took more than 0\.2 seconds"):
        Http().get("http://images.example.com/", deadline=0.2)
    assert time.monotonic() - started < 1


@pytest.mark.live
@pytest.mark.threat("S27")
@pytest.mark.skipif(not can_have_its_own_network(), reason="needs its own network namespace")
@pytest.mark.parametrize("how", ["as it is", "patched"])
def test_two_hundred_hanging_lookups_delay_no_other(tmp_path: Path, how: str) -> None:
    """With the system's resolver and gevent's, and a real name server."""
    resolver = tmp_path / "resolv.conf"
    resolver.write_text("nameserver 127.0.0.1\n")
    command = [sys.executable, "-W", "error", "-m", "tests.services.hanging_lookups", how]
    told = completed(ROOT, [*OWN_NETWORK, PREPARED, resolver, *command])
    assert told.returncode == 0, told.stderr
    assert told.stderr == ""
    found = json.loads(told.stdout)
    assert found["honest"] == 200
    assert found["seconds"] < 0.5, "it waited for the others"
    assert found["two"] == 200, "the second address of a name must be tried"
    assert found["late"] == 200
    assert found["reasons"] == ["the server took more than 3 seconds"]
    assert found["slowest"] < 3.5
