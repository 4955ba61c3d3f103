"""Each alert in deploy/prometheus-alerts.yml fires when it should, and not before."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.monitoring.promtool import needs_promtool, promtool, run_tests

pytestmark = [pytest.mark.live, needs_promtool]

ALERTS = Path(__file__).parents[2] / "deploy/prometheus-alerts.yml"
RULES = {
    each["alert"]: each
    for group in yaml.safe_load(ALERTS.read_text())["groups"]
    for each in group["rules"]
}


class Case(NamedTuple):
    """Values of series per minute, or per half hour, for which an alert fires or does not."""

    fires: dict[str, str]
    silent: dict[str, str]
    at: str
    labels: dict[str, str] = {}  # noqa: RUF012  # never changed
    interval: str = "1m"


TURNS = 'parley_turns_total{{flow="{}",outcome="{}"}}'
REFUSALS = 'parley_refusals_total{{status="403",reason="{}"}}'
SLOW = 'parley_turn_seconds_bucket{{flow="lunch",le="{}"}}'
RECEIPTS = 'parley_receipts_total{{status="{}",error_code="{}"}}'
QUESTIONS = 'parley_questions_total{{flow="lunch",question="dish",event="{}"}}'
OF_DISH = {"flow": "lunch", "question": "dish"}

CASES = {
    "ParleyDoesNotAnswer": Case(
        {'up{job="parley-2"}': "1 0 0 0 0"},
        {'up{job="parley"}': "1 0 0 1 0"},
        "3m",
        {"job": "parley-2"},
    ),
    "ParleyFails": Case(
        {TURNS.format("lunch", "failed"): "0 1 1 1"},
        {TURNS.format("lunch", "answered"): "0 1 2 3", TURNS.format("lunch", "failed"): "7x3"},
        "3m",
        {"flow": "lunch"},
    ),
    "TwilioCallsTheFallback": Case(
        {TURNS.format("fallback", "answered"): "0 1 1"},
        {TURNS.format("lunch", "answered"): "0 1 2"},
        "2m",
        {"flow": "fallback", "outcome": "answered"},
    ),
    "TwilioIsRefused": Case(
        {REFUSALS.format("wrong signature"): "0+12x30"},
        {REFUSALS.format("wrong signature"): "0+3x30", REFUSALS.format("no signature"): "0+99x30"},
        "20m",
    ),
    "ParleyIsSlow": Case(
        {SLOW.format("5"): "0x30", SLOW.format("7.5"): "0+1x30", SLOW.format("+Inf"): "0+1x30"},
        {SLOW.format("0.01"): "0+1x30", SLOW.format("+Inf"): "0+1x30"},
        "20m",
        {"flow": "lunch"},
    ),
    "SessionsDoNotOpen": Case(
        {'parley_cookies_total{state="forged"}': "0+2x30"},
        {'parley_cookies_total{state="forged"}': "0 1x30"},
        "20m",
    ),
    "TheDatabaseIsAway": Case(
        {'parley_refusals_total{status="503",reason="database"}': "0+1x30"},
        {'parley_refusals_total{status="503",reason="database"}': "7x30"},
        "10m",
        {"status": "503", "reason": "database"},
    ),
    "MessagesAreLate": Case(
        {'parley_outbox{state="late"}': "0 1x30"},
        {'parley_outbox{state="late"}': "0 1 0 1 0 1x30", 'parley_outbox{state="due"}': "9x40"},
        "12m",
        {"state": "late"},
    ),
    "UpstreamFails": Case(
        {'parley_upstream_failures_total{service="http"}': "0+6x30"},
        {'parley_upstream_failures_total{service="http"}': "0+1x30"},
        "20m",
        {"service": "http"},
    ),
    "MessagesAreNotDelivered": Case(
        {
            RECEIPTS.format("undelivered", "30003"): "0+1x60",
            RECEIPTS.format("delivered", ""): "0+5x60",
        },
        {
            RECEIPTS.format("undelivered", "30003"): "0+1x60",
            RECEIPTS.format("delivered", ""): "0+20x60",
        },
        "1h",
    ),
    "PeopleLeaveAtAQuestion": Case(
        {QUESTIONS.format("asked"): "0+4x48", QUESTIONS.format("answered"): "0+1x48"},
        {QUESTIONS.format("asked"): "0+4x48", QUESTIONS.format("answered"): "0+3x48"},
        "24h",
        OF_DISH,
        "30m",
    ),
    "AQuestionIsNotUnderstood": Case(
        {QUESTIONS.format("asked"): "0+4x48", QUESTIONS.format("asked again"): "0+3x48"},
        {QUESTIONS.format("asked"): "0+4x48", QUESTIONS.format("asked again"): "0+1x48"},
        "24h",
        OF_DISH,
        "30m",
    ),
}
FEW = {
    "MessagesAreNotDelivered": {RECEIPTS.format("failed", "30003"): "0 1x60"},
    "PeopleLeaveAtAQuestion": {
        QUESTIONS.format("asked"): "0 9x48",
        QUESTIONS.format("left"): "0 9x48",
    },
    "AQuestionIsNotUnderstood": {
        QUESTIONS.format("asked"): "0 9x48",
        QUESTIONS.format("asked again"): "0 9x48",
    },
}
"""Too few texts for a conclusion."""


def test_every_alert_has_a_case_and_is_valid() -> None:
    assert f"{len(RULES)} rules found" in promtool("check", "rules", ALERTS)
    assert set(CASES) == set(RULES)


@pytest.mark.parametrize("interval", ["1m", "30m"])
def test_every_alert_fires_only_when_it_should(tmp_path: Path, interval: str) -> None:
    tests = []
    for name, case in CASES.items():
        if case.interval == interval:
            tests += [case_of(name, case, case.fires, fires=True)]
            tests += [case_of(name, case, case.silent, fires=False)]
            tests += [case_of(name, case, FEW[name], fires=False)] if name in FEW else []
    run_tests(tmp_path, tests, ALERTS, every=interval)


def case_of(name: str, case: Case, series: dict[str, str], *, fires: bool) -> dict[str, Any]:
    rule = RULES[name]
    labels = {**case.labels, **rule["labels"]}
    summary = re.sub(
        r"{{ \$labels\.(\w+) }}", lambda found: labels[found[1]], rule["annotations"]["summary"]
    )
    alert = {"exp_labels": labels, "exp_annotations": {"summary": summary}}
    expected = {"alertname": name, "eval_time": case.at, "exp_alerts": [alert] if fires else []}
    return {
        "name": f"{name} {'fires' if fires else 'is silent'}",
        "interval": case.interval,
        "input_series": [{"series": each, "values": values} for each, values in series.items()],
        "alert_rule_test": [expected],
    }
