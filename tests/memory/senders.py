"""Senders who text twice at once, and must see each of their texts once, in one order."""

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPException

from werkzeug.test import TestResponse

from parley.http_client import Request
from parley.simulator.signed_text import signed_text
from tests.webhook import PUBLIC_URL, TOKEN, Send, message, said

TRIES = 8
"""Attempts for a text that is not answered."""
URL = f"{PUBLIC_URL}/sms/diary"


@dataclass
class Sender:
    """One number that texts the diary through any of the servers; `answered` is by text."""

    number: str
    servers: Sequence[Send]
    deliveries: int = 1
    """How often each text is delivered concurrently."""
    answered: dict[str, set[bytes]] = field(default_factory=dict)
    repeated: int = 0
    lost: list[str] = field(default_factory=list)

    def text_pairs(self, texts: int) -> None:
        """Text two at once until so many texts are sent."""
        with ThreadPoolExecutor(2 * self.deliveries) as pool:
            for first in range(0, texts, 2):
                pair = [f"{self.number[-4:]}.{first + each}" for each in range(2)]
                requests = [self._request(body) for body in pair]
                list(pool.map(self._text, pair * self.deliveries, requests * self.deliveries))

    def _request(self, body: str) -> Request:
        return signed_text(URL, message(body, from_=self.number), TOKEN)

    def _text(self, body: str, request: Request) -> None:
        """Send a text until it is answered, each time to any server."""
        why = ""
        for number in range(TRIES):
            self.repeated += number > 0
            try:
                response = random.choice(self.servers)(request)
            except (OSError, HTTPException) as error:
                why = type(error).__name__
                time.sleep(0.2)  # the server has no worker at the moment
                continue
            if response.status_code == 200:
                self.answered.setdefault(body, set()).add(response.data)
                return
            why = f"status {response.status_code}"
        self.lost.append(why)

    def wrong(self) -> list[str]:
        """Return the errors: each reply must repeat all texts so far, and end with its own."""
        found = []
        longest: list[str] = []
        heard = {}
        for body, replies in self.answered.items():
            if len(replies) > 1:
                found.append(f"{body}: {len(replies)} different replies")
            heard[body] = "\n".join(said(TestResponse([min(replies)], "200", {}, None))).split()  # type: ignore[arg-type]
            longest = max(longest, heard[body], key=len)
        for body, words in heard.items():
            if words != longest[: len(words)] or words[-1] != body:
                found.append(f"{body}: another order")
        if len(set(longest)) != len(longest):
            found.append("a text was answered twice")
        pairs = [int(each.rpartition(".")[2]) // 2 for each in longest]
        if pairs != sorted(pairs):
            found.append("a later pair came first")
        if any(not each.startswith(self.number[-4:]) for each in longest):
            found.append("a text of another sender")
        return found


def all_text(senders: Sequence[Sender], texts: int, meanwhile: Callable[[], None]) -> None:
    """Let all senders text concurrently, and run the block meanwhile."""
    with ThreadPoolExecutor(len(senders)) as pool:
        sent = [pool.submit(each.text_pairs, texts) for each in senders]
        meanwhile()
        for each in sent:
            each.result()
