"""A fault while at least fifty senders text: the requirements, and its row in the table."""

import re
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from itertools import chain
from statistics import median

from werkzeug.test import TestResponse

from parley import Session
from parley.sessions import ConversationKey, SessionCookie
from tests import webhook
from tests.evidence.plugin import Record
from tests.server.senders import Sender, all_texting
from tests.webhook import APP, SECRET, Send

SETTINGS = {**webhook.SETTINGS, "WEB_CONCURRENCY": "2"}
SENDERS = 50
TRIES = 3
"""Attempts for a text whose connection breaks, as with `#rc=2&rp=all` at Twilio."""
LIFETIMES = {"counter": 14_400, "brief-counter": 1_800}
APART = 100_000
"""The distance between the counts of two senders, to detect the count of another sender."""
RECOVERED_WITHIN = 5
"""Seconds after a fault until every sender must get a response."""
BEFORE, AFTER = 1.0, 1.0
REASONS = frozenset({"new", "expired", "forged", "foreign", "unreadable"})
"""The possible states of the cookie in the log line of a conversation that starts over."""

_TURN = re.compile(r" turn .*?\bsid=(SM[0-9a-f]{32}) .*?\bmemory=(\w+)")


def counting(send: Send, number: int = SENDERS, flow: str = "counter") -> list[Sender]:
    """Return senders in the middle of their conversations, with distant counts."""
    sealer = SessionCookie([SECRET])
    first = 0 if flow == "counter" else SENDERS
    found = []
    for each in range(first, first + number):
        count, from_ = APART * (each + 1), f"+1555123{each:04d}"
        key = ConversationKey(flow, from_, APP)
        cookie = sealer.seal(Session({"count": count}), key, LIFETIMES[flow]).partition(";")[0]
        found.append(Sender(from_, send, flow, count, TRIES, cookie=cookie))
    return found


class Fetching(Sender):
    """A sender who texts mms-reply, which stores nothing, but repeats the sender's number."""

    def check(self, sid: str, response: TestResponse) -> None:  # noqa: ARG002
        self.turns += 1
        if f"Hello, {self.number}!" not in response.text:
            self.mixed.append("the number of another sender")


def fetching(send: Send, number: int) -> list[Sender]:
    return [
        Fetching(f"+1555124{each:04d}", send, "mms-reply", tries=TRIES) for each in range(number)
    ]


def try_fault(
    what: str,
    record: Record,
    senders: Sequence[Sender],
    harm: Callable[[], int],
    log: Callable[[], str] = str,
    *,
    beside: Sequence[Sender] = (),
    restarts_for: Collection[str] = (),
) -> None:
    """Let senders text while `harm` causes and ends a fault; it returns how many workers it killed.

    The senders `beside` may be affected by the fault: they need no response soon after it.
    Conversations may start over only for the reasons in `restarts_for`, as logged.
    """
    with all_texting([*senders, *beside]):
        recovered(senders, time.monotonic())
        time.sleep(BEFORE)
        killed = harm()
        again = recovered(senders, time.monotonic())
        time.sleep(AFTER)
    add_row(what, record, [*senders, *beside], log(), killed, again, restarts_for)


def add_row(
    what: str,
    record: Record,
    senders: Sequence[Sender],
    log: str = "",
    killed: int = 0,
    again: float = 0,
    restarts_for: Collection[str] = (),
    note: str = "",
) -> None:
    """Add the row of a fault, after which every sender got a response within so many seconds."""
    why = reasons(senders, log)
    took = sorted(ended - began for sender in senders for began, ended in sender.answered)
    notes = [
        *([note] if note else []),
        f"{len(senders)} senders",
        f"all answered again after {again:.1f} s" if again else "",
        ", ".join(f"{number} started over ({reason})" for reason, number in sorted(why.items())),
        f"{sum(sender.repeated for sender in senders)} sent again",
        f"median {1_000 * median(took):.0f} ms, slowest {took[-1]:.1f} s" if took else "",
        *sorted(set(chain.from_iterable(sender.lost + sender.mixed for sender in senders)))[:3],
    ]
    record(
        what,
        turns=sum(sender.turns for sender in senders),
        **({"killed": killed} if killed else {}),
        lost=sum(len(sender.lost) for sender in senders),
        mixed=sum(len(sender.mixed) for sender in senders),
        note="; ".join(filter(None, notes)),
    )
    assert again <= RECOVERED_WITHIN
    assert set(why) <= set(restarts_for), "conversations start over for another reason"


def reasons(senders: Sequence[Sender], log: str) -> Counter[str]:
    """Return how often conversations started over, by the reason in the log."""
    logged = dict(_TURN.findall(log))
    found = [logged.get(sid, "") for sender in senders for sid in sender.restarted]
    return Counter(each if each in REASONS else "no reason" for each in found)


def recovered(senders: Sequence[Sender], since: float, within: float = 30) -> float:
    """Return the seconds from `since` until every sender has a response to a text sent after it;
    infinite if a sender has no response in time.
    """
    while None in (ends := [_first_end(sender, since) for sender in senders]):
        if time.monotonic() > since + within:
            return float("inf")
        time.sleep(0.05)
    return max(end for end in ends if end is not None) - since


def _first_end(sender: Sender, since: float) -> float | None:
    return next((ended for began, ended in sender.answered if began >= since), None)
