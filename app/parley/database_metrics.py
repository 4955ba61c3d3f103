"""Metrics from the database, queried at each scrape: outbox messages, and conversations."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from parley.metrics import OUTBOX, SENDINGS, States
from parley.refusals import ParleyError

Counts = Callable[[], Mapping[tuple[str, str], int] | None]
"""Counts conversations by script and state; None if the database is unavailable."""


class Conversations(Collector):
    """The conversations in a database; nothing while it is unavailable."""

    def __init__(self, flows: Iterable[str], counts: Counts) -> None:
        self._counts = counts
        self._none = {(flow, state): 0 for flow in flows for state in ("waiting", "held")}

    def collect(self) -> Iterator[Metric]:
        about = "Conversations with an open question, or that an operator has taken over."
        family = GaugeMetricFamily("parley_conversations", about, labels=["flow", "state"])
        if (found := self._counts()) is not None:
            for labels, count in {**self._none, **found}.items():
                family.add_metric(labels, count)
        yield family


class Outbox(Collector):
    """The messages of the outbox; nothing while the database is unavailable."""

    def __init__(self, states: States) -> None:
        self._states = states

    def collect(self) -> Iterator[Metric]:
        try:
            now, in_all = self._states()
        except ParleyError:
            return
        gauge = GaugeMetricFamily(
            "parley_outbox", "Messages to send, by their state.", labels=["state"]
        )
        for state in OUTBOX:
            gauge.add_metric([state], now.get(state, 0))
        yield gauge
        counter = CounterMetricFamily(
            "parley_outbox_messages",
            "Messages that the workers took, by outcome.",
            labels=["outcome"],
        )
        for outcome in SENDINGS:
            counter.add_metric([outcome], in_all.get(outcome, 0))
        yield counter
