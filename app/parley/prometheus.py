"""The metrics, with Prometheus's official client.

Labels contain no request data except the name of a flow; a question's name is from the flow's
source. Under gunicorn each worker counts in its own files in a shared folder, and a scrape adds
them up.
"""

import os
from collections.abc import Mapping, Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
    values,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from parley.conversation import Flow
from parley.conversation.script_events import QUESTION_EVENTS, SCRIPT_EVENTS
from parley.database_metrics import Conversations, Counts, Outbox
from parley.instrumentation import Around, instrumented
from parley.metrics import (
    ANSWER_SECONDS,
    MEMORIES,
    OUTCOMES,
    NullMetrics,
    Services,
    States,
)
from parley.twilio.facts import ERRORS

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 7.5, 10, 15)
"""Bounds of the buckets: Twilio's timeout is 15 seconds."""
ELSEWHERE = ("", "fallback", "menu", "status")
"""Labels that are not flows: no flow, the fallback URL, the menu, and the status callbacks."""

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"

disable_created_metrics()  # type: ignore[no-untyped-call]  # the client is only partly typed


def count_in_slot(slot: int | str) -> None:
    """Make this process count in its own files in the shared folder.

    The client names the files by a process id. With the number of a slot instead, which is unique
    among running processes, a new process reuses the files of an ended one. Metrics that were
    created before this call are not counted there.
    """
    values.ValueClass = values.MultiProcessValue(lambda: slot)  # type: ignore[no-untyped-call]


def close() -> None:
    """Close the files of this process, when it ends."""
    values.close_all_multiprocess_files()  # type: ignore[no-untyped-call]


class Metrics(NullMetrics):
    """The metrics of one application. Every series exists from the start, with 0."""

    CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

    def __init__(self, flows: Mapping[str, Flow]) -> None:
        self._registry = CollectorRegistry()
        self._flows = tuple(flows)
        self._of_database: list[Collector] = []
        names = [*ELSEWHERE, *flows]
        turns = self._counter("parley_turns", "Turns, by flow and outcome.", "flow", "outcome")
        self._turns = {
            (flow, outcome): turns.labels(flow, outcome) for flow in names for outcome in OUTCOMES
        }
        seconds = self._histogram("parley_turn_seconds", "How long turns took.", SECONDS, "flow")
        self._seconds = {flow: seconds.labels(flow) for flow in names}
        cookies = self._counter(
            "parley_cookies", "Session cookies, by what became of them.", "state"
        )
        self._cookies = {memory: cookies.labels(memory) for memory in MEMORIES}
        self._too_large = cookies.labels("too large")
        self._receipts = self._counter(
            "parley_receipts",
            "Messages that were sent, by how they ended and Twilio's error code.",
            "status",
            "error_code",
        )
        self._refusals = self._counter(
            "parley_refusals",
            "Requests that were refused, by status and reason.",
            "status",
            "reason",
        )
        self._failures = self._counter(
            "parley_upstream_failures", "Calls of services that failed, by service.", "service"
        )
        self._count_scripts(flows)

    def _count_scripts(self, flows: Mapping[str, Flow]) -> None:
        """Create all events with 0; otherwise Prometheus does not see the first as an increase."""
        self._scripts = self._counter(
            "parley_scripts", "Scripts, by what happened to them.", "flow", "event"
        )
        self._questions = self._counter(
            "parley_questions",
            "Questions of scripts, by what happened to them.",
            "flow",
            "question",
            "event",
        )
        about = "How long it took until a question was answered."
        self._answers = self._histogram(
            "parley_answer_seconds", about, ANSWER_SECONDS, "flow", "question"
        )
        self._counted: set[tuple[str, str]] = set()
        for name, flow in flows.items():
            for event in SCRIPT_EVENTS if flow.waits else ():
                self._scripts.labels(name, event)
            for question in flow.questions:
                self._count_question(name, question)

    def _count_question(self, flow: str, question: str) -> None:
        self._counted.add((flow, question))
        self._answers.labels(flow, question)
        for event in QUESTION_EVENTS:
            self._questions.labels(flow, question, event)

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(name, about, labels, registry=self._registry)

    def _histogram(self, name: str, about: str, bounds: Sequence[float], *labels: str) -> Histogram:
        return Histogram(name, about, labels, registry=self._registry, buckets=bounds)

    def turn(self, flow: str, outcome: str, memory: str | None, milliseconds: float) -> None:
        self._turns[flow, outcome].inc()
        self._seconds[flow].observe(milliseconds / 1_000)
        if memory is not None:
            self._cookies[memory].inc()

    def script(self, events: Sequence[tuple[str, str, str]], seconds: int | None) -> None:
        for flow, event, question in events:
            if question:
                if (flow, question) not in self._counted:
                    self._count_question(flow, question)
                self._questions.labels(flow, question, event).inc()
            else:
                self._scripts.labels(flow, event).inc()
        if seconds is not None:
            flow, _, question = events[0]
            self._answers.labels(flow, question).observe(seconds)

    def too_large(self) -> None:
        self._too_large.inc()

    def receipt(self, status: str, error_code: int) -> None:
        code = str(error_code) if error_code in ERRORS else "other" if error_code else ""
        self._receipts.labels(status, code).inc()

    def refused(self, status: int, reason: str) -> None:
        self._refusals.labels(str(status), reason).inc()

    def watch(self, states: States) -> None:
        self._of_database.append(Outbox(states))

    def instrumented(self, services: Services) -> Services:
        return {
            name: instrumented(service, name, self._failures_of(name))
            for name, service in services.items()
        }

    def _failures_of(self, service: str) -> Around:
        failures = self._failures.labels(service)
        return lambda _: failures.count_exceptions()

    def add_conversations(self, counts: Counts) -> None:
        """Add the number of conversations in the database, by script and state."""
        self._of_database.append(Conversations(self._flows, counts))

    def page(self) -> bytes:
        """Return all metrics in the text format, summed over all processes."""
        together = self._registry
        if _FOLDER in os.environ:
            together = CollectorRegistry()
            MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        of_database = CollectorRegistry()
        for each in self._of_database:
            of_database.register(each)
        return generate_latest(together) + generate_latest(of_database)
