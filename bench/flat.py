"""What does not depend on what else the machine does: instructions; and a million conversations."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import counting, parsers, sizes
from bench.conversing import Turn
from bench.peers import ROOT, Peer
from bench.serving import settings

TEXTS = 240
"""Of which 40 warm up."""
MILLION = 1_000_000


def counts(
    peers: Sequence[Peer], turns: Mapping[str, Sequence[Turn]], say: Callable[[str], None]
) -> dict[str, Any]:
    """Each peer's instructions, alone and under gunicorn with each of its parsers; and Parley's by
    the sizes of cookie and text.
    """
    found: dict[str, dict[str, float]] = {}
    for peer in peers:
        say(f"instructions: {peer.title}")
        first = turns[peer.name][:TEXTS]
        with tempfile.TemporaryDirectory() as folder:
            (alone,) = counting.in_application(peer.application, [first], Path(folder))
        found[peer.name] = {"alone": alone}
        for parser in parsers.countable():
            with tempfile.TemporaryDirectory() as folder:
                found[peer.name][parser] = counting.under_gunicorn(
                    peer, first, Path(folder), parsers.OPTION, parser
                )
    say("instructions by the size of cookie and text")
    with tempfile.TemporaryDirectory() as folder:
        return {"instructions": found, "sizes": sizes.measured(Path(folder))}


@contextmanager
def million() -> Iterator[Callable[[], dict[str, float]]]:
    """A million conversations that go on beside what is done meanwhile; called, their figures."""
    command = [sys.executable, "-m", "bench.million", str(MILLION)]
    process = subprocess.Popen(command, cwd=ROOT, env=settings(), stdout=subprocess.PIPE)

    def figures() -> dict[str, float]:
        out, _ = process.communicate(timeout=1_800)
        if process.returncode:
            raise SystemExit("the million conversations came to no end")
        told: dict[str, float] = json.loads(out)
        return told

    try:
        yield figures
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
