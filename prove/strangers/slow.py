"""Slow senders behind the documented nginx, and without it: how long honest texts wait."""

import socket
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

from prove.rows import Row
from prove.strangers.application import SETTINGS
from tests.server.nginx import NGINX, nginx
from tests.server.running import Server, running
from tests.server.senders import through, to
from tests.server.slow import BODY, HEAD, READS, seconds_of_texts, slow_senders

THREADS = 8
FEW = {**SETTINGS, "WEB_CONCURRENCY": "1", "WEB_THREADS": str(THREADS)}
TWILIO_WAITS = 15
"""Seconds."""
SHORT, LONG, AT_ONCE = 40, 400, 40
"""Texts of an honest sender, twenty a second at most, and how many beside the same slow ones."""


def slow(*, long: bool) -> list[Row]:
    rows = [without_a_proxy()]
    return [behind_nginx(LONG if long else SHORT), *rows] if NGINX else rows


def behind_nginx(texts: int) -> Row:
    """While 200 connections drip, each of so many texts must be answered within two seconds.

    nginx gives a head ten seconds: of those that drip one, new ones come in its place.
    """
    took: list[float] = []
    gone = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), FEW) as server,
        nginx(Path(folder), [server.port]) as proxy,
    ):
        while len(took) < texts:
            with slow_senders(proxy.connected, [HEAD, BODY] * 80 + [READS] * 40) as senders:
                took += seconds_of_texts(through(proxy), AT_ONCE)
                gone += senders.gone
    return Row(
        "slow senders behind nginx",
        inputs=200,
        turns=len(took),
        lost=texts - len(took),
        held=max(took) < 2,
        note=f"the slowest honest text waited {max(took):.2f} s; nginx hung up on {gone}",
    )


def without_a_proxy() -> Row:
    """As many as there are threads keep a text waiting for as long as they drip; one fewer do not.

    Nothing is lost where they leave off before Twilio's patience ends.
    """
    begins = [HEAD, BODY] * (THREADS // 2)
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), FEW) as server,
        ThreadPoolExecutor(1) as pool,
    ):
        with slow_senders(lambda: connected(server), begins[1:]):
            beside_fewer = seconds_of_texts(to(server), 10)
        with slow_senders(lambda: connected(server), begins):
            text = pool.submit(seconds_of_texts, to(server), 1)
            waited = not wait([text], timeout=4).done
        took = text.result(timeout=TWILIO_WAITS)
    return Row(
        "slow senders without a proxy",
        inputs=THREADS,
        turns=len(beside_fewer + took),
        held=max(beside_fewer) < 2 and waited,
        note=f"{THREADS} of them hold all {THREADS} threads: a text waited {took[0]:.1f} s, until "
        f"they left (S25); beside {THREADS - 1} it waited {max(beside_fewer):.2f} s",
    )


@contextmanager
def connected(server: Server) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=15) as connection:
        yield connection
