"""Requests changed by lot and by what of the code they reach, to the application and to gunicorn.

Two runs of libFuzzer, where atheris is installed, else of our own changes alone: one of requests
as they come, almost all of them not signed rightly, and one of the same signed by Twilio's library.
"""

import importlib.util
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from prove.fuzz import large, wire
from prove.fuzz.application import listen, parley
from prove.fuzz.asked import Asked
from prove.fuzz.changing import changed
from prove.fuzz.cookies import Jar
from prove.fuzz.counts import Counts
from prove.fuzz.judging import Judge
from prove.fuzz.seeds import seeds
from prove.fuzz.signing import signed
from prove.progress import say
from prove.rows import Row

INPUTS, SECONDS = 100_000, 300
LONG_INPUTS, LONG_SECONDS = 10_000_000, 180
"""At most, of each of the two runs: the short ends with its inputs, the long with its time."""
COOKIES, LARGE, WIRE = 20_000, 150, 10_000

WHAT = {"as-is": "fuzzed requests, signed or not", "signed": "fuzzed requests, signed rightly"}


def rows(*, long: bool) -> list[Row]:
    inputs, seconds = (LONG_INPUTS, LONG_SECONDS) if long else (INPUTS, SECONDS)
    found = []
    for how in WHAT:
        say(f"  {inputs:,} inputs, {how}, {seconds} s at most")
        found.append(_row(WHAT[how], *run(how, inputs, seconds), at_least=INPUTS))
    times = 5 if long else 1
    heard, application = listen(), parley().wsgi_app
    say("  cookies, and large requests")
    jar = Jar(Judge(application, heard))
    for what, drawn, number in (
        ("fuzzed cookies of signed requests", jar.drawn, COOKIES),
        ("fuzzed requests as large as is read", large.drawn, LARGE),
    ):
        judge, lots = Judge(application, heard), random.Random(9)
        for _ in range(number * times):
            judge.ask(drawn(lots))
        found.append(_row(what, judge.counts))
    say("  bytes to gunicorn")
    counts = wire.fuzz(seeds(Judge(application, heard)), WIRE * times, SECONDS)
    found.append(_row("fuzzed bytes to gunicorn, none signed", counts))
    return found


def run(how: str, inputs: int, seconds: float) -> tuple[Counts, str]:
    """What came of a run, `as-is` or `signed`, and what guided it."""
    if importlib.util.find_spec("atheris") is None:
        heard, application = listen(), parley().wsgi_app
        begin, judge = seeds(Judge(application, heard)), Judge(application, heard)
        counts = by_lot(how, judge, begin, inputs, seconds)
        return counts, "atheris is not installed: changed by lot alone"
    with tempfile.TemporaryDirectory() as folder:
        file, told = Path(folder, "counts.json"), Path(folder, "told")
        command = [sys.executable, "-m", "prove.fuzz.guided", how, str(inputs), str(seconds)]
        with told.open("wb") as output:
            subprocess.run([*command, file], stderr=output, stdout=output, check=False)
        text = told.read_text(errors="replace")
        if not file.exists() or "Instrumenting app.wire.signature" not in text:
            raise RuntimeError(f"the fuzzer came to no end:\n{text[-3_000:]}")
        covered = re.findall(r"cov: (\d+)", text)
        guided = f"from {covered[0]} to {covered[-1]} branches covered"
        return Counts(**json.loads(file.read_text())), guided


def by_lot(how: str, judge: Judge, begin: list[bytes], inputs: int, seconds: float) -> Counts:
    """The same run in this process, guided by nothing."""
    lots, end = random.Random(9), time.monotonic() + seconds
    while judge.counts.inputs < inputs and time.monotonic() < end:
        asked = Asked.read(changed(lots.choice(begin), lots, begin))
        judge.ask(signed(asked) if how == "signed" else asked)
    return judge.counts


def _row(what: str, counts: Counts, guided: str = "", *, at_least: int = 1) -> Row:
    for said, raw in counts.found:
        say(f"  {said}: {str(raw)[:2_000]}")
    notes = [
        guided,
        f"{counts.reached:,} came past the door" if counts.reached else "",
        f"{counts.remembered:,} with a memory" if counts.remembered else "",
        f"{counts.over_a_limit} replies over their limit" if counts.over_a_limit else "",
        f"slowest {counts.slowest * 1_000:.0f} ms, of {counts.slowest_size:,} bytes",
        f"{counts.otherwise} otherwise wrong" if counts.otherwise else "",
    ]
    return Row(
        what,
        inputs=counts.inputs,
        refused=counts.refused,
        lost=counts.lost,
        mixed=counts.mixed,
        let_in=counts.let_in,
        held=not counts.otherwise and counts.inputs >= at_least,
        note="; ".join(filter(None, notes)),
    )
