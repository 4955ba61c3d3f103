"""A steady rate of texts: memory, file descriptors and latency must not grow.

Fifty senders text once a second each and continue their conversations. gunicorn replaces a worker
after 100,000 turns or more: the long form has 60,000, so that the same two workers are measured.
"""

import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import fmean, median
from typing import NamedTuple

from tests.evidence.faults.trial import SENDERS, SETTINGS, add_row, counting
from tests.evidence.plugin import Record, sizes
from tests.server.running import running
from tests.server.senders import Sender, to
from tests.server.workers import workers

MIB = 1_048_576
PAGE = os.sysconf("SC_PAGE_SIZE")
MORE_MEMORY = 1.02
"""Allowed growth of a worker's memory, as a factor."""
SLOWER, SLOWER_BY = 1.2, 0.001
"""Allowed growth of the median response time, as a factor and in additional seconds."""


class Plan(NamedTuple):
    """Seconds of the warm-up, of the whole run, and of the first and last part, to compare."""

    warm_up: int
    whole: int
    part: int


SHORT, LONG = Plan(6, 60, 15), Plan(60, 1_200, 300)


class Sample(NamedTuple):
    """A worker at a time: its memory (RSS) in bytes, and its open files."""

    at: float
    pid: int
    memory: int
    files: int


@sizes(short=SHORT, long=LONG)
def test_nothing_grows(tmp_path: Path, size: Plan, record: Record) -> None:
    started = time.monotonic()
    began = started + size.warm_up
    samples = []
    with running(tmp_path, SETTINGS) as server:
        senders, over = counting(to(server)), threading.Event()
        with ThreadPoolExecutor(len(senders)) as pool:
            for number, sender in enumerate(senders):
                pool.submit(text_each_second, sender, started + number / len(senders), over)
            over.wait(size.warm_up)
            while (now := time.monotonic()) < began + size.whole:
                samples += [sampled(pid, now) for pid in workers(server)]
                time.sleep(1)
            over.set()
        log = server.log()
    growth = [*of_workers(samples, began, size), of_latency(senders, began, size)]
    what = f"{SENDERS} texts a second for {size.whole // 60} min"
    add_row(what, record, senders, log, note="; ".join(growth))
    assert not [each for each in growth if "GROWS" in each]


def text_each_second(sender: Sender, first: float, over: threading.Event) -> None:
    """Send one text each second, no matter how long the responses take."""
    number = 0
    while not over.wait(max(0.0, first + number - time.monotonic())):
        sender.text()
        number += 1


def sampled(pid: int, now: float) -> Sample:
    process = Path(f"/proc/{pid}")
    memory = int((process / "statm").read_text().split()[1]) * PAGE
    return Sample(now, pid, memory, len(list((process / "fd").iterdir())))


def of_workers(samples: Sequence[Sample], began: float, plan: Plan) -> list[str]:
    """Return each worker's memory and open files at the start and at the end."""
    found = []
    for number, pid in enumerate(sorted({sample.pid for sample in samples}), start=1):
        of_one = [sample for sample in samples if sample.pid == pid]
        first = [each for each in of_one if each.at < began + plan.part]
        last = [each for each in of_one if each.at >= began + plan.whole - plan.part]
        if not first or not last:
            return ["GROWS: not the same workers from beginning to end"]
        before, after = (fmean(each.memory for each in part) for part in (first, last))
        # The minimum of files, because a connection in use is an open file.
        files = [min(each.files for each in part) for part in (first, last)]
        grows = after > before * MORE_MEMORY or files[1] > files[0]
        found.append(
            f"worker {number}: {before / MIB:.2f} MiB, then {after / MIB:.2f}; "
            f"{files[0]} files, then {files[1]}{' GROWS' if grows else ''}"
        )
    return found


def of_latency(senders: Sequence[Sender], began: float, plan: Plan) -> str:
    """Return the median response time at the start and at the end."""
    answered = [each for sender in senders for each in sender.answered]
    end = began + plan.whole
    before = median(ended - at for at, ended in answered if began <= at < began + plan.part)
    after = median(ended - at for at, ended in answered if end - plan.part <= at < end)
    grows = after > before * SLOWER + SLOWER_BY
    return f"answers: {1_000 * before:.1f} ms, then {1_000 * after:.1f}{' GROWS' if grows else ''}"


def steady(pid: int, *, grows_by: float = 0, loses: int = 0) -> list[Sample]:
    """Return samples of a worker that grows and leaks files by so many a second."""
    return [
        Sample(second, pid, 50 * MIB + round(grows_by * second / SHORT.whole), 10 + files)
        for second in range(SHORT.whole)
        for files in [loses * second // SHORT.whole + second % 3]
    ]


def test_growth_is_found() -> None:
    flat = [*steady(1), *steady(2, grows_by=1.2 * MIB)]
    assert "GROWS" not in "".join(of_workers(flat, 0, SHORT))
    for grown in (
        [*steady(1), *steady(2, grows_by=2 * MIB)],
        [*steady(1, loses=4), *steady(2)],
        [*steady(1), *(each for each in steady(2) if each.at < 30)],
    ):
        assert "GROWS" in "".join(of_workers(grown, 0, SHORT))


def test_slower_responses_are_found() -> None:
    one = Sender("+15551230001", to)  # type: ignore[arg-type]  # it sends nothing
    for last, grows in ((0.012, False), (0.014, True)):
        took = {True: 0.010, False: last}
        one.answered = [(each, each + took[each < SHORT.whole / 2]) for each in range(SHORT.whole)]
        assert ("GROWS" in of_latency([one], 0, SHORT)) == grows
