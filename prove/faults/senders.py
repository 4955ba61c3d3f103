"""Senders who text at once, each from a number of its own, as Twilio does it for them.

A connection that breaks is tried again with the same MessageSid and the same cookie, twice at most,
as `#rc=2&rp=all` at a webhook's URL asks for.
"""

import random
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from urllib.parse import urlencode

from app.conversation import Session
from app.wire.conversation_key import ConversationKey
from app.wire.session_cookie import SessionCookie
from prove.faults.judging import Judge
from tests.server.running import Server
from tests.server.senders import FORM
from tests.twilio import APP, PUBLIC_URL, SECRET, message, signature

SENDERS = 50
TRIES = 3
PAUSE = 0.05
"""Seconds between an answer and the same sender's next text, on average."""
PATIENCE = 15
"""Seconds that Twilio waits for an answer."""
LIFETIMES = {"counter": 14_400, "brief-counter": 1_800}
APART = 100_000
"""How far the counts of two senders lie apart, so that one in another's place is noticed."""


@dataclass
class Sender:
    """One number that texts a counter, and the cookie that Twilio keeps for it."""

    server: Server
    number: str
    flow: str
    judge: Judge
    cookie: str = field(default="", repr=False)
    answered: list[tuple[float, float]] = field(default_factory=list)
    """When each text that was answered began and ended."""
    repeated: int = 0

    def texts_until(self, over: threading.Event) -> None:
        while not over.wait(random.uniform(0.5, 1.5) * PAUSE):
            self.texts()

    def texts(self) -> None:
        """One text, sent until it is answered, and what the judge says of it."""
        form = message(from_=self.number)
        why, began = "", time.monotonic()
        for _ in range(TRIES):
            self.repeated += bool(why)
            try:
                why = self._sent(form, began)
                break
            except (OSError, HTTPException) as error:
                why = type(error).__name__
        if why:
            self.judge.missed(why)

    def _sent(self, form: dict[str, str], began: float) -> str:
        """Send it once; why there is no answer, or nothing."""
        path = f"/sms/{self.flow}"
        headers = {
            "Content-Type": FORM,
            "X-Twilio-Signature": signature(PUBLIC_URL + path, form),
            **({"Cookie": self.cookie} if self.cookie else {}),
        }
        status, text, cookies = self.server.ask("POST", path, urlencode(form).encode(), headers)
        ended = time.monotonic()
        if ended - began > PATIENCE:
            return f"answered after {ended - began:.0f} s"
        if status != 200:
            return f"answered with {status}"
        self.heard(form["MessageSid"], text)
        self.cookie = cookies[0].partition(";")[0] if cookies else self.cookie
        self.answered.append((began, ended))
        return ""

    def heard(self, sid: str, document: str) -> None:
        self.judge.heard(sid, document)


class Fetching(Sender):
    """One who texts mms-reply: it has no memory, but it must call everybody by the own number."""

    def heard(self, _: str, document: str) -> None:
        self.judge.turns += 1
        if f"Hello, {self.number}!" not in document:
            self.judge.mixed.append("another's number was heard")


def counting(server: Server, number: int = SENDERS, flow: str = "counter") -> list[Sender]:
    """Senders in the midst of their conversations, far from each other's counts."""
    sealer = SessionCookie([SECRET])
    first = 0 if flow == "counter" else SENDERS
    found = []
    for each in range(first, first + number):
        count, from_ = APART * (each + 1), f"+1555123{each:04d}"
        cookie = sealer.seal(
            Session({"count": count}), ConversationKey(flow, from_, APP), LIFETIMES[flow]
        )
        found.append(Sender(server, from_, flow, Judge(count), cookie.partition(";")[0]))
    return found


def fetching(server: Server, number: int) -> list[Sender]:
    return [
        Fetching(server, f"+1555124{each:04d}", "mms-reply", Judge(0)) for each in range(number)
    ]


@contextmanager
def texting(senders: Sequence[Sender]) -> Iterator[None]:
    """All of them text, from here to the end of the block."""
    over = threading.Event()
    with ThreadPoolExecutor(len(senders)) as pool:
        running = [pool.submit(sender.texts_until, over) for sender in senders]
        try:
            yield
        finally:
            over.set()
        for each in running:
            each.result()


def all_answered(senders: Sequence[Sender], since: float, within: float = 30) -> float:
    """Seconds from `since` until each has had an answer to a text begun after it; infinite where
    somebody has none in time.
    """
    while None in (ends := [_first_end(sender, since) for sender in senders]):
        if time.monotonic() > since + within:
            return float("inf")
        time.sleep(0.05)
    return max(end for end in ends if end is not None) - since


def _first_end(sender: Sender, since: float) -> float | None:
    return next((ended for began, ended in sender.answered if began >= since), None)
