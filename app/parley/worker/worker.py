"""The loop of a worker process: run timers, send messages, and settle unknown outcomes."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Protocol

from parley.conversation.follow_ups import LATE
from parley.logging import record
from parley.memory.outbox import Candidate, Delay, Outbox, Unsettled
from parley.memory.timers import Timer, Timers, result_in
from parley.refusals import MemoryUnavailable
from parley.resuming import Resumer
from parley.sessions import ConversationKey

THREADS = 8
"""Maximum number of messages that a process sends at the same time."""
MOST_TIMERS = 500
"""Number of timers per query."""
TRIES = 3
"""Maximum number of times that a call is run again after its process has ended."""
PAUSE = 0.25
"""Seconds between two checks for due messages and timers."""
AWAY = 1.0
"""Seconds before the next try while the database is unavailable."""


class Sender(Protocol):
    """The interface for sending: parley.worker.sender, or the simulated phone in development."""

    def send(self, message: Candidate, claimed: float) -> None: ...

    def find_out(self, message: Unsettled) -> None: ...

    def cancelled(self, message: Candidate, why: str) -> None: ...


class Worker:
    """Sends due messages until it is stopped; `delay` returns until when a message has to wait."""

    def __init__(
        self,
        outbox: Outbox,
        sender: Sender,
        delay: Delay,
        timers: Timers,
        resumer: Resumer,
        threads: int = THREADS,
    ) -> None:
        self._outbox, self._sender, self._delay = outbox, sender, delay
        self._timers, self._threads = timers, threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="parley-send")
        self._under_way: set[Future[None]] = set()
        self._stopping = threading.Event()
        self._resumer = replace(resumer, is_stopping=self._stopping.is_set)

    def stop(self, *_: object) -> None:
        """Stop claiming; `run` returns when the calls in progress have ended."""
        self._stopping.set()

    def run(self) -> None:
        """Work until `stop` is called."""
        while not self._stopping.is_set():
            try:
                found = self.work()
            except MemoryUnavailable as error:
                record("worker", level=logging.WARNING, reason=error.reason)
                self._stopping.wait(AWAY)
                continue
            if not found:
                self._stopping.wait(PAUSE)
        self._pool.shutdown(wait=True)

    def drain(self) -> None:
        """Send everything that is due, and wait until it is done. Raises MemoryUnavailable."""
        while self.work() or self._under_way:
            wait(self._under_way)

    def work(self) -> int:
        """Start due work while threads are free; return how many items were started.

        Raises MemoryUnavailable.
        """
        begun = self._fire()
        if free := self._free():
            began = time.monotonic()
            claims = self._outbox.claim(free, self._delay)
            for message in claims.to_send:
                self._start(lambda each=message: self._sender.send(each, began))  # type: ignore[misc]
            for message, why in claims.cancelled:
                self._sender.cancelled(message, why)
            begun += len(claims.to_send)
        if free := self._free():
            for unsettled in self._outbox.unsettled(free):
                self._start(lambda each=unsettled: self._sender.find_out(each))  # type: ignore[misc]
                begun += 1
        return begun

    def _fire(self) -> int:
        """Run due timers; return how many were due."""
        free = self._free()
        if not free:
            return 0
        fired, resumed = self._timers.fire(MOST_TIMERS)
        for due in resumed:
            self._start(lambda each=due: self._resume(each))  # type: ignore[misc]
        return fired

    def _resume(self, due: Timer) -> None:
        """Continue a script once; if its worker ends meanwhile, up to TRIES times."""
        key = ConversationKey(due.flow, due.person, due.number)
        if due.kind != LATE:
            # With the SID of the text before it, so that idempotency keys differ between people.
            self._resumer.resume(
                key, due.kind, f"{due.version} {due.data.get('after', '')}".strip()
            )
            return
        sid, outcome = str(due.data["sid"]), result_in(due.data)
        if outcome is None and due.attempts >= TRIES:
            outcome = RuntimeError("the process of the call ended too often")
        if outcome is None:
            self._resumer.begin_again(key, sid)
        else:
            self._resumer.go_on(key, sid, outcome)

    def _free(self) -> int:
        self._under_way = {each for each in self._under_way if not each.done()}
        return self._threads - len(self._under_way)

    def _start(self, work: Callable[[], None]) -> None:
        def logged() -> None:
            try:
                work()
            except Exception as error:  # the worker continues; another one settles this message
                record("worker", level=logging.ERROR, error=error)

        self._under_way.add(self._pool.submit(logged))
