"""The fuzzer that coverage guides: `python -m prove.fuzz.guided as-is|signed INPUTS SECONDS FILE`.

A process of its own: libFuzzer ends the one that it runs in. What it counts is in FILE at the end,
and what it works with is beside that.
"""

import json
import os
import random
import sys
import time
from dataclasses import asdict
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["app"]):
    from prove.fuzz.application import listen, parley

    heard, application = listen(), parley()  # here, for much is imported where it is needed

from prove.fuzz.asked import Asked
from prove.fuzz.changing import TOKENS, changed, of_a_part
from prove.fuzz.judging import Judge
from prove.fuzz.seeds import seeds
from prove.fuzz.signing import signed

LONGEST = 6_000
"""Bytes of an input; what is larger is tried in prove/fuzz/large.py."""


class Run:
    """What libFuzzer calls, until so many inputs are tried or so many seconds are over."""

    def __init__(self, *, sign: bool, inputs: int, seconds: float, file: Path) -> None:
        self.seeds = seeds(Judge(application.wsgi_app, heard))
        self._judge = Judge(application.wsgi_app, heard)
        self._sign, self._inputs, self._file = sign, inputs, file
        self._end = time.monotonic() + seconds

    def try_out(self, raw: bytes) -> None:
        asked = Asked.read(raw)
        self._judge.ask(signed(asked) if self._sign else asked)
        if self._judge.counts.inputs >= self._inputs or time.monotonic() > self._end:
            told = asdict(self._judge.counts)
            told["found"] = [(what, repr(raw)) for what, raw in self._judge.counts.found]
            self._file.write_text(json.dumps(told))
            os._exit(0)

    def change(self, raw: bytes, most: int, seed: int) -> bytes:
        """A change to the bytes by libFuzzer, to a part by libFuzzer, or to parts by ours."""
        lots = random.Random(seed)
        kind = lots.randrange(4)
        if kind == 0:
            new = atheris.Mutate(raw, most)
        elif kind == 1:
            new = of_a_part(raw, lots, self.seeds, lambda part, _: atheris.Mutate(part, most))
        else:
            new = changed(raw, lots, self.seeds)
        return bytes(new[:most])


def fuzz(how: str, inputs: str, seconds: str, file: str) -> None:
    run = Run(sign=how == "signed", inputs=int(inputs), seconds=float(seconds), file=Path(file))
    folder = Path(file).parent
    corpus, words = folder / "corpus", folder / "words"
    corpus.mkdir()
    for number, each in enumerate(run.seeds):
        (corpus / f"{number:04}").write_bytes(each)
    words.write_text("".join(f'"{_as_word(each)}"\n' for each in TOKENS))
    options = [f"-max_len={LONGEST}", "-seed=9", "-timeout=60", f"-dict={words}"]
    options += [f"-artifact_prefix={folder}/", str(corpus)]
    atheris.Setup([sys.argv[0], *options], run.try_out, custom_mutator=run.change)
    atheris.Fuzz()


def _as_word(token: bytes) -> str:
    """A token in the spelling of libFuzzer's dictionaries."""
    return "".join(f"\\x{each:02x}" for each in token)


if __name__ == "__main__":
    fuzz(*sys.argv[1:])
