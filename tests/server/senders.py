"""Senders who text `counter` all the time, each with a cookie of its own, as Twilio would."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from urllib.parse import urlencode

from tests.server.behind import Proxy
from tests.server.running import Server
from tests.twilio import PUBLIC_URL, message, signature

SENDERS = 16
MOST_TURNS = 2_000
"""Of one sender, whatever happens to the server."""
PAUSE = 0.05
"""Seconds between an answer and the next text of the same sender."""
FORM = "application/x-www-form-urlencoded"
TARGET = "/sms/counter"

Post = Callable[[bytes, dict[str, str]], tuple[int, str, str]]
"""One request on a connection of its own: body and headers to status, text and cookie."""


def to(server: Server) -> Post:
    """Requests to a server itself."""

    def post(body: bytes, headers: dict[str, str]) -> tuple[int, str, str]:
        status, text, cookies = server.ask("POST", TARGET, body, headers)
        return status, text, cookies[0].partition(";")[0] if cookies else ""

    return post


def through(proxy: Proxy) -> Post:
    """Requests through a proxy, by TLS."""

    def post(body: bytes, headers: dict[str, str]) -> tuple[int, str, str]:
        heard = proxy.ask("POST", TARGET, body, headers)
        return heard.status, heard.text, heard.cookie

    return post


@dataclass
class Sender:
    """One number, what it heard, and what failed; `again` is how often a text is sent again where
    its connection breaks, with the same MessageSid and the same cookie.
    """

    number: str
    post: Post
    again: int = 0
    cookie: str = field(default="", repr=False)
    heard: list[int] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    repeated: int = 0

    def texts_until(self, over: threading.Event) -> None:
        while not over.wait(PAUSE) and len(self.heard) < MOST_TURNS and not self.failed:
            form = message(from_=self.number)
            for left in reversed(range(self.again + 1)):
                try:
                    self._text(form)
                    break
                except (OSError, HTTPException) as error:
                    if left:
                        self.repeated += 1
                    else:
                        self.failed.append(repr(error))

    def _text(self, form: dict[str, str]) -> None:
        signed = signature(PUBLIC_URL + TARGET, form)
        headers = {"Content-Type": FORM, "X-Twilio-Signature": signed}
        if self.cookie:
            headers["Cookie"] = self.cookie
        started = time.monotonic()
        status, text, cookie = self.post(urlencode(form).encode(), headers)
        took = time.monotonic() - started
        if status != 200 or took > 15:
            self.failed.append(f"status {status} after {took:.1f} s, turn {len(self.heard)}")
            return
        count = re.search(r"Your current count is (\d+)<", text)
        self.heard.append(int(count[1]) if count else 0)
        self.cookie = cookie


@contextmanager
def texting(post: Post, again: int = 0) -> Iterator[list[Sender]]:
    """Sixteen senders, who text from here to the end of the block, and one turn more at least."""
    senders = [Sender(f"+1555123{each:04d}", post, again) for each in range(SENDERS)]
    over = threading.Event()
    with ThreadPoolExecutor(SENDERS) as pool:
        running = [pool.submit(sender.texts_until, over) for sender in senders]
        try:
            until_all_heard(senders, 3)
            yield senders
            until_all_heard(senders, 3)
        finally:
            over.set()
        for each in running:
            each.result()


def until_all_heard(senders: list[Sender], more: int) -> None:
    """Wait until everybody has heard so many answers more, or something has failed."""
    wanted = [len(sender.heard) + more for sender in senders]
    for _ in range(600):
        if any(sender.failed for sender in senders):
            return
        if all(len(each.heard) >= least for each, least in zip(senders, wanted, strict=True)):
            return
        time.sleep(0.05)
    raise AssertionError("nothing is heard for thirty seconds")


def assert_unbroken(senders: list[Sender]) -> None:
    """Nobody's text failed, and everybody heard 0, 1, 2, 3 and so on."""
    assert [sender.failed for sender in senders if sender.failed] == []
    for sender in senders:
        assert sender.heard == list(range(len(sender.heard)))
        assert len(sender.heard) < MOST_TURNS, "texted to the end of what happened"
