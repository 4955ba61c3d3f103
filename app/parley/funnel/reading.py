"""Read the events of scripts from lines of the JSON log, or a page of the metrics."""

import json
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from parley.conversation.script_events import QUESTION_EVENTS
from parley.funnel.counts import Funnel

_FIELDS = {event.replace(" ", "_"): event for event in QUESTION_EVENTS}
"""The fields of a log line with questions, and their events."""


class NotRead(Exception):
    """Raised for neither a log nor a page of metrics; the message says what to do."""


def add_lines(lines: Iterable[str], funnel: Funnel) -> None:
    """Add a log or a page of metrics. Raises NotRead for anything else."""
    lines = iter(lines)
    first = next((line for line in lines if line.strip()), "")
    if first.startswith(("#", "parley_")):
        add_page("".join([first, *lines]), funnel)
    else:
        add_log(chain([first], lines), funnel)


def add_log(lines: Iterable[str], funnel: Funnel) -> None:
    """Add the turns of a log; lines of other programs are skipped. Raises NotRead."""
    has_turns = False
    for entry in _entries(lines):
        if entry.get("event") in ("turn", "resumed"):
            has_turns = True
            _add_turn(entry, funnel)
    if not has_turns:
        raise NotRead(
            "has no turn in JSON, and is not a page of metrics: set LOG_FORMAT=json on the "
            "server, or use the response of GET /metrics"
        )


def _entries(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects of lines, after any prefix, such as the name of a container."""
    for line in lines:
        _, brace, rest = line.partition("{")
        try:
            entry = json.loads(brace + rest) if brace else None
        except ValueError:
            continue
        if isinstance(entry, dict):
            yield entry


def _add_turn(entry: dict[str, Any], funnel: Funnel) -> None:
    """Add the fields of a turn that `script_fields` has written."""
    of_turn = str(entry.get("flow"))
    for flow, event in _split(entry.get("script"), of_turn):
        funnel.add(flow, event, "")
    for name, event in _FIELDS.items():
        for flow, question in _split(entry.get(name), of_turn):
            funnel.add(flow, event, question)
    seconds = entry.get("answered_after")
    answered = next(_split(entry.get("answered"), of_turn), None)
    if answered and isinstance(seconds, int):
        funnel.add_seconds(*answered, seconds)


def _split(value: Any, of_turn: str) -> Iterator[tuple[str, str]]:
    """Yield the flow and the name of each question or event in a field."""
    for each in str(value or "").split(","):
        if each:
            flow, _, name = each.rpartition("/")
            yield flow or of_turn, name


def add_page(page: str, funnel: Funnel) -> None:
    """Add a page of metrics. Raises NotRead."""
    from prometheus_client.parser import text_string_to_metric_families

    try:
        families = {each.name: each.samples for each in text_string_to_metric_families(page)}
    except ValueError as error:
        raise NotRead(f"is not a page of metrics: {error}") from None
    if "parley_scripts" not in families:
        raise NotRead("has no parley_scripts_total: is it a page of Parley's metrics?")
    for sample in [*families["parley_scripts"], *families.get("parley_questions", ())]:
        labels = sample.labels
        funnel.add(labels["flow"], labels["event"], labels.get("question", ""), int(sample.value))
    below: dict[tuple[str, str], int] = {}
    for sample in families.get("parley_answer_seconds", ()):
        if sample.name.endswith("_bucket"):  # each includes the buckets before it
            answered = sample.labels["flow"], sample.labels["question"]
            count = int(sample.value) - below.get(answered, 0)
            below[answered] = int(sample.value)
            funnel.add_seconds(*answered, float(sample.labels["le"]), count)
