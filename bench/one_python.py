"""What a turn costs under the CPython that runs this: `python -m bench.one_python`, as JSON."""

import json
import platform
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from bench import checking, counting, loading
from bench.peers import PARLEY, TUTORIAL, Peer
from bench.serving import free_port, serving

ROUNDS, SECONDS, TEXTS = 5, 2, 240


def main() -> None:
    name = platform.python_version()
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        name += " free-threaded"
    print(json.dumps({name: {peer.title: measured(peer) for peer in (TUTORIAL, PARLEY)}}))


def measured(peer: Peer) -> dict[str, Any]:
    """Instructions per turn under gunicorn, and what it bears at 16 connections."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        port = free_port()
        turns = checking.recorded(peer, folder, port)
        if not loading.is_possible():
            sys.exit(loading.MISSING)
        loading.write(turns, folder / "requests", keep_alive=True)
        with serving(peer.command(port), port, folder) as server:
            loading.loaded(server, folder / "requests", 16, 1)
            runs = [loading.loaded(server, folder / "requests", 16, SECONDS) for _ in range(ROUNDS)]
        found: dict[str, Any] = {**loading.median(runs)._asdict(), "instructions": None}
        if counting.is_possible():
            found["instructions"] = counting.under_gunicorn(peer, turns[:TEXTS], folder)
        return found


if __name__ == "__main__":
    main()
