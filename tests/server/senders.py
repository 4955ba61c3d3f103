"""Senders who text a counter continuously, each with its own cookie, as Twilio stores it."""

import random
import re
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException

from werkzeug.test import TestResponse

from parley.simulator.signed_text import signed_text
from tests.server.behind import Proxy
from tests.server.running import Server
from tests.webhook import PUBLIC_URL, TOKEN, Send, message, over_http

SENDERS = 16
MOST_TURNS = 5_000
"""The limit of turns for one sender."""
PAUSE = 0.05
"""Average seconds between a response and the sender's next text."""
PATIENCE = 15
"""Twilio's timeout for a response, in seconds."""
FORM = "application/x-www-form-urlencoded"
TARGET = "/sms/counter"
GREETING = "Hello, thanks for the new message!"

_COUNT = re.compile(r"Your current count is (\d+)<")


def to(server: Server) -> Send:
    """Return a function that sends to a server directly."""
    return over_http(server.port, PATIENCE)


def through(proxy: Proxy) -> Send:
    """Return a function that sends through a proxy, by TLS."""
    return proxy.send_request


def count_in(document: str) -> int | None:
    """Return the count in a counter's reply, 0 for its greeting; None for another reply."""
    if found := _COUNT.search(document):
        return int(found[1])
    return 0 if f">{GREETING}<" in document else None


@dataclass
class Sender:
    """A number that texts a counter, the next expected count, and the unexpected replies.

    If a connection breaks, the text is sent again with the same MessageSid and cookie, up to
    `tries` times. `restarted` are the MessageSids at which a conversation started over.
    """

    number: str
    send: Send
    flow: str = "counter"
    expected: int = 0
    tries: int = 1
    token: str = field(default=TOKEN, repr=False)
    cookie: str = field(default="", repr=False)
    turns: int = 0
    repeated: int = 0
    lost: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    restarted: list[str] = field(default_factory=list)
    answered: list[tuple[float, float]] = field(default_factory=list)
    """For each answered text, the times when it was first sent and when it was answered."""

    def text_until(self, over: threading.Event) -> None:
        while not over.wait(random.uniform(0.5, 1.5) * PAUSE) and self.turns < MOST_TURNS:
            self.text()

    def text(self) -> None:
        """Send one text until it is answered, and check the reply."""
        form, began = message(from_=self.number), time.monotonic()
        url, why = f"{PUBLIC_URL}/sms/{self.flow}", ""
        for _ in range(self.tries):
            self.repeated += bool(why)
            try:
                response = self.send(signed_text(url, form, self.token, cookie=self.cookie))
            except (OSError, HTTPException) as error:
                why = type(error).__name__
                continue
            took = time.monotonic() - began
            if response.status_code == 200 and took <= PATIENCE:
                self.answered.append((began, began + took))
                self.check(form["MessageSid"], response)
                return
            why = f"status {response.status_code} after {took:.1f} s"
            break
        self.lost.append(why)

    def check(self, sid: str, response: TestResponse) -> None:
        """Check a reply, and store its cookie."""
        count = count_in(response.text)
        if count is None:
            self.lost.append("an answer without a count")
            return
        self.turns += 1
        if count == 0 and self.expected:
            self.restarted.append(sid)
        elif count != self.expected:
            self.mixed.append(f"{count} instead of {self.expected}")
        self.expected = count + 1
        self.cookie = response.headers.get("Set-Cookie", "").partition(";")[0] or self.cookie


@contextmanager
def all_texting(senders: Sequence[Sender]) -> Iterator[None]:
    """Let all senders text until the end of the block."""
    over = threading.Event()
    with ThreadPoolExecutor(len(senders)) as pool:
        running = [pool.submit(sender.text_until, over) for sender in senders]
        try:
            yield
        finally:
            over.set()
        for each in running:
            each.result()


@contextmanager
def texting(send: Send, tries: int = 1) -> Iterator[list[Sender]]:
    """Sixteen senders who text until the end of the block, and at least three times after it."""
    senders = [Sender(f"+1555123{each:04d}", send, tries=tries) for each in range(SENDERS)]
    with all_texting(senders):
        until_all_answered(senders, 3)
        yield senders
        until_all_answered(senders, 3)


def until_all_answered(senders: Sequence[Sender], more: int) -> None:
    """Wait until each sender has so many more replies, or an error occurred."""
    wanted = [sender.turns + more for sender in senders]
    for _ in range(600):
        if any(sender.lost for sender in senders):
            return
        if all(each.turns >= turns for each, turns in zip(senders, wanted, strict=True)):
            return
        time.sleep(0.05)
    raise AssertionError("no replies for thirty seconds")


def assert_unbroken(senders: Sequence[Sender]) -> None:
    """Assert that every text was answered, and that each sender read 0, 1, 2, 3 and so on."""
    for sender in senders:
        assert (sender.lost, sender.mixed, sender.restarted) == ([], [], [])
        assert sender.expected == sender.turns < MOST_TURNS, "the limit of turns was reached"
