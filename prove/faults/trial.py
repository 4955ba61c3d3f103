"""One fault, done to a server that at least fifty senders text all the while."""

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from statistics import median

from prove.faults.judging import reasons, why_anew
from prove.faults.senders import Sender, all_answered, texting
from prove.rows import Row
from tests.server.running import Server
from tests.twilio import PUBLIC_URL, SECRET, TOKEN

AGAIN_WITHIN = 5
"""Seconds after a fault in which everybody is answered again."""
BEFORE, AFTER = 1.0, 1.0
SETTINGS = {
    "PUBLIC_URL": PUBLIC_URL,
    "TWILIO_AUTH_TOKEN": TOKEN,
    "SESSION_SECRET": SECRET,
    "WEB_CONCURRENCY": "2",
}


def tried(
    what: str,
    server: Server,
    senders: Sequence[Sender],
    harm: Callable[[], int],
    *,
    beside: Sequence[Sender] = (),
    anew_for: Collection[str] = (),
) -> Row:
    """What came of a fault: `harm` does it, ends it, and returns how many workers it has killed.

    Those `beside` may be what the fault is about: they need not be answered as soon after it.
    Conversations may start anew for the reasons of `anew_for` alone, and the log must tell each.
    """
    with texting([*senders, *beside]):
        all_answered(senders, time.monotonic())
        time.sleep(BEFORE)
        killed = harm()
        again = all_answered(senders, time.monotonic())
        time.sleep(AFTER)
    return judged(what, server.log(), [*senders, *beside], killed, again, anew_for)


def judged(
    what: str,
    log: str,
    senders: Sequence[Sender],
    killed: int = 0,
    again: float = 0,
    anew_for: Collection[str] = (),
) -> Row:
    """The row of a fault, after which everybody was answered again after so many seconds."""
    judges = [sender.judge for sender in senders]
    why = why_anew(judges, reasons(log))
    took = sorted(ended - began for sender in senders for began, ended in sender.answered)
    anew = ", ".join(f"{number} anew ({reason})" for reason, number in sorted(why.items()))
    told = [
        f"{len(senders)} senders",
        *([f"answering again after {again:.1f} s"] if again else []),
        anew or "none anew",
        f"{sum(sender.repeated for sender in senders)} sent again",
        f"median {1_000 * median(took):.0f} ms, slowest {took[-1]:.1f} s" if took else "no answers",
        *_examples(judge.lost + judge.mixed for judge in judges),
    ]
    return Row(
        what,
        turns=sum(judge.turns for judge in judges),
        killed=killed or None,
        lost=sum(len(judge.lost) for judge in judges),
        mixed=sum(len(judge.mixed) for judge in judges),
        held=again <= AGAIN_WITHIN and set(why) <= set(anew_for),
        note="; ".join(told),
    )


def _examples(told: Iterable[Sequence[str]]) -> list[str]:
    return sorted({each for some in told for each in some})[:3]
