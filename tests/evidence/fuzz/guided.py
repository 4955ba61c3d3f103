"""The coverage-guided fuzzer: `-m tests.evidence.fuzz.guided SIGNED INPUTS SECONDS FILE`.

It runs in its own process, because libFuzzer ends the process that it runs in. At the end, the
counts are in FILE, and the corpus is beside it. If SIGNED is 1, each changed request is signed.
"""

import json
import os
import random
import sys
import time
from dataclasses import asdict
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["parley"]):
    from tests.evidence.fuzz.application import make_fuzzed_app, replaced_log

    application, log = make_fuzzed_app().wsgi_app, replaced_log()

from tests.evidence.fuzz.checks import Checker
from tests.evidence.fuzz.mutations import TOKENS, changed, of_a_part
from tests.evidence.fuzz.raw_request import RawRequest
from tests.evidence.fuzz.seeds import seeds

LONGEST = 6_000
"""Maximum of bytes in an input; large.py tries larger requests."""


def main(signed: str, inputs: str, seconds: str, name: str) -> None:
    file, end = Path(name), time.monotonic() + float(seconds)
    begin, checker = seeds(Checker(application, log)), Checker(application, log)

    def send(raw: bytes) -> None:
        request = RawRequest.read(raw)
        checker.send(request.signed() if signed == "1" else request)
        if checker.counts.inputs >= int(inputs) or time.monotonic() > end:
            counts = asdict(checker.counts)
            counts["found"] = [(what, repr(raw)) for what, raw in checker.counts.found]
            file.write_text(json.dumps(counts))
            os._exit(0)

    def change(raw: bytes, most: int, seed: int) -> bytes:
        """Let libFuzzer change the bytes or a part, or change parts as mutations.py does."""
        rng = random.Random(seed)
        kind = rng.randrange(4)
        if kind == 0:
            new = atheris.Mutate(raw, most)
        elif kind == 1:
            new = of_a_part(raw, rng, begin, lambda part, _: atheris.Mutate(part, most))
        else:
            new = changed(raw, rng, begin)
        return bytes(new[:most])

    corpus, words = file.with_name("corpus"), file.with_name("words")
    corpus.mkdir()
    for number, each in enumerate(begin):
        (corpus / f"{number:04}").write_bytes(each)
    words.write_text("".join(f'"{_as_word(each)}"\n' for each in TOKENS))
    options = [f"-max_len={LONGEST}", "-seed=9", "-timeout=60", f"-dict={words}"]
    options += [f"-artifact_prefix={file.parent}/", str(corpus)]
    atheris.Setup([sys.argv[0], *options], send, custom_mutator=change)
    atheris.Fuzz()


def _as_word(token: bytes) -> str:
    """Return a token in the syntax of libFuzzer's dictionaries."""
    return "".join(f"\\x{each:02x}" for each in token)


if __name__ == "__main__":
    main(*sys.argv[1:])
