"""The simulated Twilio, whole: numbers, their conversations, and what may go wrong with them."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from app.phone.carrier import Carrier, Sent
from app.phone.delivery import Delivery, Webhook, deliver
from app.phone.exchange import Send, over_http
from app.phone.jar import CookieJar
from app.phone.parameters import inbound
from app.phone.transcript import transcript

Pair = tuple[str, str]
MOST_KEPT = 500
"""Messages of one conversation that are kept, and lines of its transcript."""
MOST_PAIRS = 100
"""Conversations that are kept; the first ones go."""


class Switchboard:
    """Conversations of any numbers through webhooks, each pair with a cookie jar of its own.

    Time can be moved on; a cookie can be lost, or the one before sent again; a text can be
    delivered twice, or two at once. Thread-safe.
    """

    def __init__(
        self,
        send: Send = over_http,
        clock: Callable[[], float] = time.time,
        count_segments: Callable[[str], int] = lambda _: 1,
    ) -> None:
        self._send, self._clock, self._count_segments = send, clock, count_segments
        self._moved_on = 0.0
        self._lock = threading.RLock()
        self._jars: dict[Pair, CookieJar] = {}
        self._last: dict[Pair, tuple[Webhook, dict[str, str], CookieJar]] = {}
        """Each pair's last text, and its cookies as they were before it."""
        self.carrier = Carrier(self.now)
        self.threads: dict[Pair, list[Sent]] = defaultdict(list)
        self.transcripts: dict[Pair, list[str]] = defaultdict(list)
        self.deliveries: dict[Pair, list[Delivery]] = {}

    def now(self) -> float:
        """Seconds since 1970, as the simulated Twilio has it."""
        return self._clock() + self._moved_on

    def later(self, seconds: float) -> None:
        """Let time pass here; the server's own clock stays as it is."""
        self._moved_on += seconds

    def jar(self, from_: str, to: str, *, keep: bool = True) -> CookieJar:
        """The cookie jar of a pair; with `keep` off, an empty one of a new pair is not kept."""
        with self._lock:
            if not keep:
                return self._jars.get((from_, to)) or CookieJar(self.now)
            return self._jars.setdefault((from_, to), CookieJar(self.now))

    def forget(self, from_: str, to: str) -> None:
        """Lose the pair's cookies, as Twilio rarely does."""
        with self._lock:
            self._jars.pop((from_, to), None)

    def step_back(self, from_: str, to: str) -> None:
        """Put the cookies back as they were before the last text."""
        with self._lock:
            if last := self._last.get((from_, to)):
                self._jars[(from_, to)] = last[2].copy()

    def text(
        self, webhook: Webhook, from_: str, to: str, body: str, media_urls: Sequence[str] = ()
    ) -> Delivery:
        """One text from a number to the app's."""
        parameters = inbound(from_, to, body, media_urls, self._count_segments(body))
        return self._deliver(webhook, parameters, self.jar(from_, to))

    def again(self, from_: str, to: str) -> Delivery | None:
        """The pair's last text delivered again, with the cookie that it had; None before any."""
        with self._lock:
            last = self._last.get((from_, to))
        if last is None:
            return None
        webhook, parameters, jar_then = last
        delivery = self._deliver(webhook, parameters, jar_then.copy())
        for set_cookie in delivery.set_cookies:
            self.jar(from_, to).keep(set_cookie)
        return delivery

    def two_at_once(self, webhook: Webhook, from_: str, to: str, *bodies: str) -> list[Delivery]:
        """Texts on their way at once, all with the same cookie; the last answer's stays."""
        jar = self.jar(from_, to)
        jars = [jar.copy() for _ in bodies]
        texts = [inbound(from_, to, body, (), self._count_segments(body)) for body in bodies]
        with ThreadPoolExecutor(len(bodies)) as pool:
            sent = [
                pool.submit(self._deliver, webhook, parameters, each)
                for parameters, each in zip(texts, jars, strict=True)
            ]
        with self._lock:
            self._jars[(from_, to)] = jars[-1]
            self.deliveries[(from_, to)] = [each.result() for each in sent]
            return self.deliveries[(from_, to)]

    def _deliver(self, webhook: Webhook, parameters: dict[str, str], jar: CookieJar) -> Delivery:
        from_, to, body = parameters["From"], parameters["To"], parameters["Body"]
        count = int(parameters["NumMedia"])
        media = tuple(parameters[f"MediaUrl{number}"] for number in range(count))
        with self._lock:
            self._last[(from_, to)] = (webhook, parameters, jar.copy())
            self._keep((from_, to), Sent(from_, to, body, media))
            own = self.carrier.answers_itself(from_, to, body)
            if own:
                self._keep((from_, to), Sent("Twilio", from_, own))
        delivery = deliver(webhook, parameters, jar, self._send)
        with self._lock:
            self.transcripts[(from_, to)] += transcript(body, delivery)
            del self.transcripts[(from_, to)][:-MOST_KEPT]
            self.deliveries[(from_, to)] = [delivery]
            for message in delivery.messages:
                sent = self.carrier.carry(message, from_, to)
                self._keep((sent.to, to), sent)
                if sent.error:
                    delivery.errors.append(sent.error)
        return delivery

    def _keep(self, pair: Pair, sent: Sent) -> None:
        self.threads[pair].append(sent)
        del self.threads[pair][:-MOST_KEPT]
        while len(self.threads) > MOST_PAIRS:
            self._drop(next(iter(self.threads)))

    def _drop(self, pair: Pair) -> None:
        """Forget all of the pair that was first."""
        everything: tuple[dict[Pair, Any], ...] = (
            self.threads,
            self.transcripts,
            self.deliveries,
            self._jars,
            self._last,
        )
        for kept in everything:
            kept.pop(pair, None)
