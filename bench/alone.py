"""An application alone: no server, one thread, texts as WSGI calls; run by bench/counting.py.

`python -m bench.alone wsgi:app FILE` reads the recorded turns from the file, says `ready`, and for
each number that it then reads answers that many of them and says `done`.
"""

import importlib
import pickle
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from bench.conversing import Turn


def main() -> None:
    module, _, name = sys.argv[1].partition(":")
    app: Callable[..., Iterable[bytes]] = getattr(importlib.import_module(module), name)
    turns: list[Turn] = pickle.loads(Path(sys.argv[2]).read_bytes())  # noqa: S301  # our own file
    environs = iter([turn.text.as_environ(turn.cookie) for turn in turns])
    print("ready", flush=True)
    for line in sys.stdin:
        for _ in range(int(line)):
            b"".join(app(next(environs), started))
        print("done", flush=True)


def started(status: str, *_: Any) -> Any:
    if status != "200 OK":
        raise SystemExit(f"{sys.argv[1]} answers {status}")


if __name__ == "__main__":
    main()
