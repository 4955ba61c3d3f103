"""What Parley is measured beside, and how each of them is started."""

import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLAIN = "bench/peers/gunicorn.conf.py"


@dataclass(frozen=True)
class Peer:
    """One server that answers texts: `application` is its WSGI callable, none where it is Node's.

    `checks` is whether it checks signature and cookie; one that does not says always the same.
    """

    name: str
    title: str
    application: str
    checks: bool = True

    def command(self, port: int, *options: str) -> list[str]:
        """What starts it with one worker on a port of this machine; `options` are gunicorn's."""
        bound = ["--workers", "1", "--bind", f"127.0.0.1:{port}", *options]
        if self.name == "parley":
            return [sys.executable, "-m", "app", *bound]
        return [sys.executable, "-m", "gunicorn", "-c", PLAIN, *bound, self.application]


RAW_FIXED = Peer("raw-fixed", "a fixed answer, raw WSGI", "bench.peers.raw_fixed:app", checks=False)
FLASK_FIXED = Peer(
    "bare-flask", "a fixed answer, bare Flask", "bench.peers.flask_fixed:app", checks=False
)
FLOOR = Peer("floor", "by hand, raw WSGI: the floor", "bench.peers.floor:app")
RAW_LIBRARIES = Peer(
    "raw-libraries",
    "twilio's and itsdangerous' functions, raw WSGI",
    "bench.peers.raw_libraries:app",
)
TUTORIAL = Peer("tutorial", "the usual tutorial", "bench.peers.tutorial:app")
PARLEY = Peer("parley", "Parley", "wsgi:app")

WSGI_PEERS = (RAW_FIXED, FLASK_FIXED, FLOOR, RAW_LIBRARIES, TUTORIAL, PARLEY)
