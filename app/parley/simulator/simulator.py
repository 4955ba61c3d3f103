"""The simulated Twilio: numbers, their conversations, and faults."""

import pickle
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from parley.http_client import Send
from parley.http_client import send as send_over_network
from parley.simulator.carrier import LOOP, Carrier, Sent
from parley.simulator.cookie_jar import CookieJar
from parley.simulator.delivery import Delivery, Webhook, deliver
from parley.simulator.faults import faulty
from parley.simulator.history import Failure, History, Pair
from parley.simulator.receipts import FATES, fate_error, report
from parley.simulator.text import NOTHING, Text
from parley.simulator.transcript import AGAIN, COOKIE_BEFORE, COOKIE_LOST, answers, later
from parley.simulator.twiml import Delivered

SID_LENGTH = 34


class TwilioSimulator:
    """Conversations of any numbers through webhooks, with a cookie jar for each pair.

    The clock can be advanced; a cookie can be lost, or restored from before the last text; a text
    can be delivered twice, at the same time as another, or after the next one. Thread-safe.
    """

    def __init__(
        self,
        send: Send = send_over_network,
        clock: Callable[[], float] = time.time,
        count_segments: Callable[[str], int] = lambda _: 1,
        *,
        stops_loops: bool = True,
    ) -> None:
        self.send, self._clock, self._count_segments = send, clock, count_segments
        self.moved_on = 0.0
        """Seconds by which the simulated clock is ahead."""
        self._lock = threading.RLock()
        self._jars: dict[Pair, CookieJar] = {}
        self._last: dict[Pair, tuple[Text, CookieJar]] = {}
        """Each pair's last text, and its cookies before it."""
        self._held: dict[Pair, list[Text]] = {}
        self._drew: set[str] = set()
        self.carrier = Carrier(self.now, stops_loops=stops_loops)
        self.history = History(self.now)
        self.threads, self.deliveries = self.history.threads, self.history.deliveries

    def now(self) -> float:
        """Return the simulated time in seconds since 1970."""
        return self._clock() + self.moved_on

    def later(self, seconds: float) -> None:
        """Advance the simulated clock; the server may have another."""
        with self._lock:
            self.moved_on += seconds
            self.history.changes += 1
            for pair in list(self.threads):
                self.history.add_event(pair, later(seconds).capitalize())

    def jar(self, from_: str, to: str, *, keep: bool = True) -> CookieJar:
        """Return the cookie jar of a pair; with `keep` off, do not store an empty one."""
        with self._lock:
            if not keep:
                return self._jars.get((from_, to)) or CookieJar(self.now)
            return self._jars.setdefault((from_, to), CookieJar(self.now))

    def forget(self, from_: str, to: str) -> None:
        """Delete the pair's cookies, which Twilio does rarely."""
        with self._lock:
            self._jars.pop((from_, to), None)
            self._event((from_, to), COOKIE_LOST, "The cookie was lost.")

    def clear(self, from_: str, to: str) -> None:
        """Delete all data of a pair, including an opt-out."""
        with self._lock:
            self._forget_pair((from_, to))
            self.carrier.opted_out.discard((from_, to))
            self.history.clear((from_, to))

    def step_back(self, from_: str, to: str) -> None:
        """Restore the cookies from before the last text."""
        with self._lock:
            if last := self._last.get((from_, to)):
                self._jars[(from_, to)] = last[1].copy()
                self._event((from_, to), COOKIE_BEFORE, "The cookie before the last text is back.")

    def text(
        self,
        webhook: Webhook,
        from_: str,
        to: str,
        body: str,
        media_urls: Sequence[str] = (),
        more: Mapping[str, str] = NOTHING,
        *,
        fault: str = "",
        fate: str = "",
    ) -> Delivery:
        """Send one text; `more` adds or replaces parameters.

        `fault` is one of `FAULTS`. `fate` is one of `FATES`: that of the replies, which is reported
        if they request it. Texts that were held back follow.
        """
        text = self._new(
            webhook, (from_, to), body, media_urls=media_urls, more=more, fault=fault, fate=fate
        )
        delivery = self._deliver_and_keep(text)
        for held in self._held.pop((from_, to), ()):
            self._deliver_and_keep(held)
        return delivery

    def receive(
        self, from_: str, to: str, body: str, media_urls: tuple[str, ...] = (), sid: str = ""
    ) -> None:
        """Receive a message from the app's number that is not a reply, such as a reminder."""
        with self._lock:
            sent = self.carrier.carry(Delivered(body, media_urls=media_urls), to, from_)
            self._add((sent.to, from_), replace(sent, sid=sid))

    def hold(self, webhook: Webhook, from_: str, to: str, body: str) -> None:
        """Hold a text back: the next one overtakes it."""
        text = self._new(webhook, (from_, to), body)
        with self._lock:
            self._held.setdefault((from_, to), []).append(text)
            self.history.add((from_, to), Sent(to, from_, f"Held back: {body}", is_event=True))

    def again(self, from_: str, to: str) -> Delivery | None:
        """Deliver the pair's last text again, with the same cookie; None before the first."""
        pair = (from_, to)
        with self._lock:
            last = self._last.get(pair)
            if last is None:
                return None
            self.history.add_event(pair, "Delivered again:")
        (text, jar_then), at = last, self.now()
        delivery = self._deliver(text, jar_then.copy())
        with self._lock:
            for set_cookie in delivery.set_cookies:
                self.jar(from_, to).keep(set_cookie)
            self._keep(text, delivery, at, [f"* {AGAIN}", *self._answers(delivery)])
        return delivery

    def two_at_once(self, webhook: Webhook, from_: str, to: str, *bodies: str) -> list[Delivery]:
        """Send texts at the same time, with the same cookie; the last response's cookie stays."""
        pair, at, before = (from_, to), self.now(), self.jar(from_, to)
        jars = [before.copy() for _ in bodies]
        texts = [self._new(webhook, (from_, to), body) for body in bodies]
        with self._lock:
            self.history.add_event(pair, f"{len(bodies)} texts at once:")
        with ThreadPoolExecutor(len(bodies)) as pool:
            sent = [pool.submit(self._deliver, *each) for each in zip(texts, jars, strict=True)]
        with self._lock:
            self._jars[pair] = jars[-1]
            self._last[pair] = texts[-1], before.copy()
            for number, (text, done) in enumerate(zip(texts, sent, strict=True)):
                lines = [*self._lines(text, done.result()), *self._answers(done.result())]
                lines = [f"* {COOKIE_BEFORE}", *lines] if number else lines
                self._keep(text, done.result(), at, lines)
        return [each.result() for each in sent]

    def note(self, event: str) -> None:
        """Show an event in every thread, once after the last message."""
        with self._lock:
            for pair, thread in list(self.threads.items()):
                if thread and thread[-1].body != event:
                    self.history.add_event(pair, event)

    def show_failure(self, sid: str, sentence: str, traceback: str = "") -> None:
        """Show why a text failed, beside it."""
        with self._lock:
            self.history.add_failure(sid, Failure(sentence, traceback))

    def note_random(self, drawn_from: str) -> None:
        """Record that random numbers were derived from a SID, or from a text that begins with one.

        A copied test then needs the same SID.
        """
        self._drew.add(drawn_from[:SID_LENGTH])

    def snapshot(self) -> bytes:
        """Return the whole state, for `restore` of another simulator."""
        with self._lock:
            return pickle.dumps(
                {
                    "moved_on": self.moved_on,
                    "jars": {pair: jar.cookies for pair, jar in self._jars.items()},
                    "last": {pair: (text, jar.cookies) for pair, (text, jar) in self._last.items()},
                    "held": self._held,
                    "history": self.history.snapshot(),
                    "opted_out": self.carrier.opted_out,
                    "replies": dict(self.carrier.replies),
                }
            )

    def restore(self, snapshot: bytes) -> None:
        """Restore a snapshot. It is a pickle: never restore one that others could write."""
        kept = pickle.loads(snapshot)  # noqa: S301
        with self._lock:
            self.moved_on, self._held = kept["moved_on"], kept["held"]
            self._jars = {pair: CookieJar(self.now, each) for pair, each in kept["jars"].items()}
            self._last = {
                pair: (text, CookieJar(self.now, cookies))
                for pair, (text, cookies) in kept["last"].items()
            }
            self.history.restore(kept["history"])
            self.carrier.opted_out = kept["opted_out"]
            self.carrier.replies.update(kept["replies"])

    def _new(self, webhook: Webhook, pair: Pair, body: str, **more: Any) -> Text:
        return Text.new(webhook, pair, body, segments=self._count_segments(body), **more)

    def _deliver_and_keep(self, text: Text) -> Delivery:
        at = self.now()
        delivery = self._deliver(text, self.jar(*text.pair))
        with self._lock:
            self._keep(text, delivery, at, [*self._lines(text, delivery), *self._answers(delivery)])
        return delivery

    def _deliver(self, text: Text, jar: CookieJar) -> Delivery:
        """Deliver a text, and its replies to the phones."""
        (from_, to), parameters, at = text.pair, text.parameters, self.now()
        body, told = parameters["Body"], parameters.get("OptOutType", "")
        with self._lock:
            self._last[text.pair] = text, jar.copy()
            self.history.failures.pop(text.sid, None)
            self.history.webhooks[to] = text.webhook.url
            self._add(text.pair, Sent(from_, to, body, text.media_urls, sid=text.sid))
            service = parameters.get("MessagingServiceSid", "")
            if own := self.carrier.answers_itself(from_, to, body, told, service):
                self._add(text.pair, Sent("Twilio", from_, own))
        delivery = deliver(text.webhook, parameters, jar, faulty(self.send, text.fault))
        delivery.at = at
        for message in delivery.messages:
            with self._lock:
                sent = self.carrier.carry(message, from_, to)
                if sent.error:
                    delivery.errors.append(sent.error)
            self._add((sent.to, to), self._reported(text, message, sent, delivery))
        return delivery

    def _reported(self, text: Text, message: Delivered, sent: Sent, delivery: Delivery) -> Sent:
        """Return a reply with its fate, after sending the reports that it requests."""
        if sent.error or not text.fate:
            return sent
        if message.status_callback:
            sid = f"{'MM' if sent.media_urls else 'SM'}{secrets.token_hex(16)}"
            told = {name: text.parameters[name] for name in ("AccountSid", "ApiVersion")}
            told |= {"MessageSid": sid, "SmsSid": sid, "From": sent.from_, "To": sent.to}
            delivery.receipts += report(
                message.status_callback, text.webhook, told, text.fate, self.send
            )
        return replace(sent, status=FATES[text.fate][0], error=fate_error(text.fate))

    def _add(self, pair: Pair, sent: Sent) -> None:
        with self._lock:
            for dropped in self.history.add(pair, sent):
                self._forget_pair(dropped)

    def _forget_pair(self, pair: Pair) -> None:
        kept: tuple[dict[Pair, Any], ...] = (self._jars, self._last, self._held)
        for each in kept:
            each.pop(pair, None)

    def _keep(self, text: Text, delivery: Delivery, at: float, lines: Sequence[str]) -> None:
        """Store a delivery for the page, and for a copied test."""
        self.history.add_delivery(text.pair, delivery)
        self.history.add_step(text.pair, urlsplit(text.webhook.url).path, at, lines)

    def _lines(self, text: Text, delivery: Delivery) -> list[str]:
        return text.lines(delivery, with_sid=text.sid in self._drew)

    def _answers(self, delivery: Delivery) -> list[str]:
        """Return the answers for a test, without errors that depend on timing."""
        failure = self.history.failures.get(delivery.parameters["MessageSid"])
        found = answers(delivery, failure.sentence if failure else "")
        return [line for line in found if line != f"! {LOOP}"]

    def _event(self, pair: Pair, name: str, shown: str) -> None:
        self.history.add_event(pair, shown)
        self.history.add_step(pair, "", self.now(), [f"* {name}"])
