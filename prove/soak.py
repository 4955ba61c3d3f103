"""A steady rate for twenty minutes: memory, descriptors and latency at its end as at its beginning.

50 senders text once a second each, every one at a moment of its own, and keep their conversations.
gunicorn replaces a worker after 100,000 turns or more: 50 a second are 60,000 in twenty minutes,
for two workers, so that the same two are looked at from the beginning to the end.
"""

import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import fmean, median, quantiles
from tempfile import TemporaryDirectory
from typing import NamedTuple

from prove.faults.senders import SENDERS, Sender, counting
from prove.faults.trial import SETTINGS, judged
from prove.progress import say
from prove.rows import Row
from tests.server.running import Server, running
from tests.server.workers import workers

SAMPLED_EVERY = 5
MIB = 1_048_576
PAGE = os.sysconf("SC_PAGE_SIZE")
MORE_MEMORY = 1.02
"""By how much the memory of a worker may have grown at the end."""
SLOWER = 1.2
SLOWER_BY = 0.001
"""By how much, and by how many seconds besides, the median answer may take longer at the end."""


class Plan(NamedTuple):
    """Seconds: to warm up, of the whole, and of its beginning and end, which are compared."""

    warm_up: int
    whole: int
    part: int


LONG, SHORT = Plan(60, 1_200, 300), Plan(6, 60, 15)


class Sample(NamedTuple):
    """A worker at a moment: its memory in bytes (resident: of what it shares with others all, so
    that it is the same whoever else runs), and how many files it has open.
    """

    at: float
    pid: int
    memory: int
    files: int


def proved(*, long: bool) -> list[Row]:
    plan = LONG if long else SHORT
    say(f"{SENDERS} texts a second for {plan.warm_up} and {plan.whole} seconds")
    with TemporaryDirectory() as folder, running(Path(folder), SETTINGS) as server:
        senders = counting(server)
        began, samples = soaked(server, senders, plan)
        row = judged("soak", server.log(), senders)
    faults = [*of_workers(samples, began, plan), *of_latency(senders, began, plan)]
    return [
        row._replace(
            what=f"{SENDERS} texts a second for {plan.whole // 60} min",
            held=row.held and not any(fault.startswith("NOT ") for fault in faults),
            note="; ".join([*faults, row.note]),
        )
    ]


def soaked(server: Server, senders: Sequence[Sender], plan: Plan) -> tuple[float, list[Sample]]:
    """When the comparison began, and what the workers looked like since then."""
    over, started = threading.Event(), time.monotonic()
    began = started + plan.warm_up
    samples = []
    with ThreadPoolExecutor(len(senders)) as pool:
        steady = [
            pool.submit(texts_each_second, sender, started + number / len(senders), over)
            for number, sender in enumerate(senders)
        ]
        try:
            over.wait(plan.warm_up)
            while (now := time.monotonic()) < began + plan.whole:
                samples += [sampled(pid, now) for pid in workers(server)]
                time.sleep(SAMPLED_EVERY if plan is LONG else 1)
        finally:
            over.set()
        for each in steady:
            each.result()
    return began, samples


def texts_each_second(sender: Sender, first: float, over: threading.Event) -> None:
    """One text each second since `first`, however long the answers take."""
    number = 0
    while not over.wait(max(0.0, first + number - time.monotonic())):
        sender.texts()
        number += 1


def sampled(pid: int, now: float) -> Sample:
    process = Path(f"/proc/{pid}")
    memory = int((process / "statm").read_text().split()[1]) * PAGE
    return Sample(now, pid, memory, len(list((process / "fd").iterdir())))


def of_workers(samples: Sequence[Sample], began: float, plan: Plan) -> list[str]:
    """What is to be said of each worker's memory and files; `NOT` is where it does not hold."""
    told = []
    for number, pid in enumerate(sorted({sample.pid for sample in samples})):
        mine = [sample for sample in samples if sample.pid == pid]
        first = [each for each in mine if each.at < began + plan.part]
        last = [each for each in mine if each.at >= began + plan.whole - plan.part]
        if not first or not last:
            return ["NOT the same workers from beginning to end"]
        before, after = (fmean(each.memory for each in part) for part in (first, last))
        is_flat = after <= before * MORE_MEMORY
        told.append(
            f"{'' if is_flat else 'NOT '}flat: worker {number + 1} had {before / MIB:.2f} MiB, "
            f"then {after / MIB:.2f}"
        )
        # The least: whoever is answered at that moment has a connection open.
        files = [min(each.files for each in part) for part in (first, last)]
        told.append(
            f"{'' if files[0] == files[1] else 'NOT '}as many files: {files[0]}, {files[1]}"
        )
    return told


def of_latency(senders: Sequence[Sender], began: float, plan: Plan) -> list[str]:
    """How long answers took at the beginning and at the end; `NOT` is where that has changed."""
    answered = [each for sender in senders for each in sender.answered]
    end = began + plan.whole
    first = [ended - at for at, ended in answered if began <= at < began + plan.part]
    last = [ended - at for at, ended in answered if end - plan.part <= at < end]
    before, after = median(first), median(last)
    is_same = after <= before * SLOWER + SLOWER_BY
    told = f"{'' if is_same else 'NOT '}as quick: {1_000 * before:.1f} ms, then {1_000 * after:.1f}"
    slow = [1_000 * quantiles(each, n=100)[98] for each in (first, last)]
    return [f"{told} (99 %: {slow[0]:.1f} and {slow[1]:.1f})"]
