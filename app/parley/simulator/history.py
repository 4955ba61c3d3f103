"""The history of simulated conversations: messages, requests, and events."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from parley.simulator.carrier import Sent
from parley.simulator.delivery import Delivery
from parley.simulator.transcript import Step

Pair = tuple[str, str]
MOST_KEPT = 500
"""Maximum number of stored messages per conversation, and of steps of its transcript."""
MOST_DELIVERIES = 50
"""Maximum number of texts per conversation whose requests are stored."""
MOST_PAIRS = 100
"""Maximum number of conversations; the oldest are dropped."""
_KEPT = ("threads", "steps", "deliveries", "failures", "webhooks", "changes")


@dataclass(frozen=True, repr=False)
class Failure:
    """Why a text failed in a development server: a sentence, and the author's traceback."""

    sentence: str
    traceback: str = ""


class History:
    """The conversations by their pair of addresses. Not thread-safe."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.threads: dict[Pair, list[Sent]] = defaultdict(list)
        self.steps: dict[Pair, list[Step]] = defaultdict(list)
        self.deliveries: dict[Pair, list[Delivery]] = defaultdict(list)
        self.failures: dict[str, Failure] = {}
        """By MessageSid."""
        self.webhooks: dict[str, str] = {}
        """The last URL to which texts to an address were sent."""
        self.changes = 0
        """Counts every change, so that a page detects them."""

    def add(self, pair: Pair, sent: Sent) -> list[Pair]:
        """Add a message to a thread; return the pairs that were dropped for it."""
        self.changes += 1
        self.threads[pair].append(replace(sent, number=self.changes, at=self._now()))
        del self.threads[pair][:-MOST_KEPT]
        dropped = list(self.threads)[:-MOST_PAIRS]
        for each in dropped:
            self.clear(each)
        return dropped

    def clear(self, pair: Pair) -> None:
        """Delete a conversation."""
        self.changes += 1
        self.threads.pop(pair, None)
        self.steps.pop(pair, None)
        self.deliveries.pop(pair, None)

    def add_event(self, pair: Pair, event: str) -> None:
        """Show an event in a thread that has messages."""
        if self.threads.get(pair):
            from_, to = pair
            self.add(pair, Sent(to, from_, event, is_event=True))

    def add_delivery(self, pair: Pair, delivery: Delivery) -> None:
        self.changes += 1
        self.deliveries[pair].append(delivery)
        del self.deliveries[pair][:-MOST_DELIVERIES]

    def add_step(self, pair: Pair, path: str, at: float, lines: Sequence[str]) -> None:
        self.changes += 1
        self.steps[pair].append(Step(path, at, tuple(lines)))
        del self.steps[pair][:-MOST_KEPT]

    def add_failure(self, sid: str, failure: Failure) -> None:
        """Store why a text failed."""
        self.changes += 1
        self.failures[sid] = failure
        while len(self.failures) > MOST_KEPT:
            del self.failures[next(iter(self.failures))]

    def snapshot(self) -> dict[str, Any]:
        return {name: _plain(getattr(self, name)) for name in _KEPT}

    def restore(self, snapshot: dict[str, Any]) -> None:
        for name, value in snapshot.items():
            if isinstance(value, dict):
                getattr(self, name).update(value)
            else:
                setattr(self, name, value)


def _plain(value: Any) -> Any:
    """Return a value that can be pickled, with defaultdicts as dicts."""
    return dict(value) if isinstance(value, dict) else value
