"""The metrics, and the access to them."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import TestResponse

from parley import refusals
from parley.conversation.script_events import QUESTION_EVENTS, SCRIPT_EVENTS
from parley.metrics import MEMORIES, OUTCOMES
from parley.services import LOCAL, engine_services
from parley.testing import Clock
from tests.counts import counts
from tests.services.upstream import PICTURE, said, sends, source
from tests.webhook import PUBLIC_URL, Twilio, message, signature

OLD, NEW = "o" * 32, "n" * 40


@pytest.fixture(name="app")
def counting_app(make_app: Callable[..., Flask]) -> Flask:
    return make_app(METRICS_TOKEN=f"{NEW},{OLD}")


def ask(app: Flask, target: str = "/metrics", method: str = "GET", **headers: str) -> TestResponse:
    client = app.test_client(use_cookies=False)
    return client.open(
        target, method=method, headers=headers, environ_overrides={"RAW_URI": target}
    )


def told(app: Flask) -> dict[str, float]:
    """Return the metrics other than 0, except the durations of turns."""
    response = ask(app, Authorization=f"Bearer {NEW}")
    assert response.status_code == 200
    numbers = counts(response.text)
    return {name: n for name, n in numbers.items() if not name.startswith("parley_turn_seconds")}


def test_a_turn_is_counted_by_flow_cookie_state_and_duration(app: Flask, twilio: Twilio) -> None:
    for _ in range(3):
        twilio.hears("counter")
    assert told(app) == {
        "parley_turns_total counter answered": 3,
        "parley_cookies_total new": 1,
        "parley_cookies_total continued": 2,
    }
    numbers = counts(ask(app, Authorization=f"Bearer {NEW}").text)
    assert numbers["parley_turn_seconds_count counter"] == 3
    assert numbers["parley_turn_seconds_bucket counter 15.0"] == 3
    assert 0 < numbers["parley_turn_seconds_sum counter"] < 15


def test_every_state_of_a_cookie_is_counted(
    make_app: Callable[..., Flask], guest_flow: Callable[[str, str], None], clock: Clock
) -> None:
    source = "from parley.conversation import Reply\ndef hoard(message, session):\n"
    guest_flow("hoard", source + "    return Reply('x', session=session.remember(a='x' * 4000))\n")
    app = make_app(METRICS_TOKEN=NEW)
    twilio = Twilio(app.test_client(use_cookies=False))
    for _ in range(7):
        twilio.text("reset-after-five")
    for cookie in ("", "parley=x", "parley=1.eA." + "A" * 43):
        twilio.cookie = cookie
        twilio.text("counter")
    clock.later(14_400)
    twilio.text("counter")
    assert twilio.text("hoard").status_code == 500
    found = {name: n for name, n in told(app).items() if name.startswith("parley_cookies")}
    assert found == {
        "parley_cookies_total new": 2,
        "parley_cookies_total continued": 6,
        "parley_cookies_total foreign": 1,
        "parley_cookies_total unreadable": 1,
        "parley_cookies_total forged": 1,
        "parley_cookies_total expired": 1,
        "parley_cookies_total too large": 1,
    }


def test_every_outcome_of_a_turn_is_counted(
    make_app: Callable[..., Flask], guest_flow: Callable[[str, str], None]
) -> None:
    reply = "from parley.conversation import Reply\n"
    guest_flow("breaks", "def breaks(message, session):\n    return 1 / 0\n")
    guest_flow(
        "hoard",
        reply
        + "def hoard(m, session):\n    return Reply(session=session.remember(a='x' * 4000))\n",
    )
    guest_flow("floods", reply + "def floods(m, session):\n    return Reply('&' * 70_000)\n")
    app = make_app(METRICS_TOKEN=NEW)
    twilio = Twilio(app.test_client(use_cookies=False))
    statuses = [twilio.text(name).status_code for name in ("breaks", "hoard", "floods", "forward")]
    assert statuses == [500, 500, 500, 503]
    twilio.text("counter")
    twilio.text("counter", "STOP")
    failed = {"ErrorCode": "11200", "ErrorUrl": "https://a.b/"}
    assert twilio.post("/sms/fallback", {**message(), **failed}).status_code == 200
    turns = {name: n for name, n in told(app).items() if name.startswith("parley_turns")}
    assert turns == {
        "parley_turns_total breaks failed": 1,
        "parley_turns_total hoard too large": 1,
        "parley_turns_total floods too large": 1,
        "parley_turns_total forward setting missing": 1,
        "parley_turns_total counter answered": 1,
        "parley_turns_total counter left to Twilio": 1,
        "parley_turns_total fallback answered": 1,
    }


ASKS = """
from parley.conversation import *

ASKING = [lambda: (yield "Which street?")]

@script
def asks() -> Script:
    for each in ASKING:
        place = yield from each()
    return place
"""


def test_the_events_of_a_script_are_counted_by_question(
    make_app: Callable[..., Flask], guest_flow: Callable[[str, str], None], clock: Clock
) -> None:
    guest_flow("asks", ASKS)
    app = make_app(METRICS_TOKEN=NEW)
    twilio = Twilio(app.test_client(use_cookies=False))
    for body in ("hi", "Elm Street", "hi", "STOP"):
        clock.later(30)
        twilio.text("asks", body)
    page = ask(app, Authorization=f"Bearer {NEW}").text
    found = counts(page)
    ours = ("parley_scripts", "parley_questions")
    (question,) = {
        sample.labels["question"]
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.labels.get("flow") == "asks" and "question" in sample.labels
    }
    assert {name: n for name, n in found.items() if name.startswith(ours)} == {
        "parley_scripts_total begun asks": 2,
        "parley_scripts_total finished asks": 1,
        "parley_scripts_total stop asks": 1,
        f"parley_questions_total asked asks {question}": 2,
        f"parley_questions_total answered asks {question}": 1,
        f"parley_questions_total left asks {question}": 1,
    }
    assert found[f"parley_answer_seconds_bucket asks 30.0 {question}"] == 1
    assert f"parley_answer_seconds_bucket asks 20.0 {question}" not in found
    assert found[f"parley_answer_seconds_sum asks {question}"] == 30
    given_up = f'parley_questions_total{{event="given up",flow="asks",question="{question}"}} 0.0'
    assert given_up in page, "all series exist after the first event"


def test_every_refusal_is_counted_by_status_and_reason(app: Flask, twilio: Twilio) -> None:
    long = "/sms/counter?a=" + "x" * 8_190
    asked: list[tuple[str, str, dict[str, str]]] = [
        ("POST", "/sms/counter", {}),
        ("POST", "/sms/counter", {"X-Twilio-Signature": "x"}),
        ("POST", "/sms/counter", {"X-Twilio-Signature": "x" * 28}),
        ("PUT", "/sms/counter", {}),
        ("POST", long, {}),
        ("POST", "/sms/counter", {"X-Large": "x" * 15_360}),
        ("GET", "/metrics", {}),
        ("GET", "/metrics", {"Authorization": "Bearer no"}),
    ]
    for method, target, headers in asked:
        ask(app, target, method, **headers)
    twilio.post("/sms/nope", message())
    twilio.post("/sms/counter", {})
    app.test_client().post("/sms/counter", data={"a": "x" * 1_048_576})
    assert told(app) == {
        "parley_refusals_total no signature 403": 1,
        "parley_refusals_total malformed signature 403": 1,
        "parley_refusals_total wrong signature 403": 1,
        "parley_refusals_total method 405": 1,
        "parley_refusals_total request line too long 414": 1,
        "parley_refusals_total headers too large 431": 1,
        "parley_refusals_total body too large 413": 1,
        "parley_refusals_total no token 403": 1,
        "parley_refusals_total wrong token 403": 1,
        "parley_refusals_total no such flow 404": 1,
        "parley_refusals_total malformed message 400": 1,
    }


def test_a_failed_call_is_counted_by_its_service(make_app: Callable[..., Flask]) -> None:
    with source(sends(said(PICTURE)), sends(said(b"gone", "500 Oh"))) as (url, _):
        app = make_app(METRICS_TOKEN=NEW, MMS_SOURCE_URL=url)
        twilio = Twilio(app.test_client(use_cookies=False))
        twilio.hears("mms-reply")
        assert "parley_upstream_failures_total http" not in told(app)
        assert "No doge today" in twilio.hears("mms-reply")
    assert told(app)["parley_upstream_failures_total http"] == 1


def test_every_series_exists_before_its_first_event(app: Flask) -> None:
    page = ask(app, Authorization=f"Bearer {NEW}").text
    families = {family.name: family for family in text_string_to_metric_families(page)}
    assert set(families) == {
        "parley_turns",
        "parley_turn_seconds",
        "parley_cookies",
        "parley_receipts",
        "parley_refusals",
        "parley_upstream_failures",
        "parley_scripts",
        "parley_questions",
        "parley_answer_seconds",
    }
    assert {"flow": "appointment", "question": "at-2", "event": "given up"} in [
        sample.labels for sample in families["parley_questions"].samples
    ]
    assert {"flow": "counter", "outcome": "failed"} in [
        sample.labels for sample in families["parley_turns"].samples
    ]
    failures = families["parley_upstream_failures"].samples
    assert [each.labels["service"] for each in failures] == ["http", "find_contacts"]
    assert counts(page) == {}


def test_the_guide_lists_the_labels_of_the_metrics(app: Flask) -> None:
    guide = (Path(__file__).parents[1] / "docs" / "operations.md").read_text()
    page = ask(app, Authorization=f"Bearer {NEW}").text
    families = list(text_string_to_metric_families(page))
    names = {
        f"{family.name}_total" if family.type == "counter" else family.name for family in families
    }
    # tests/worker/test_start.py and tests/memory/test_metrics.py
    of_database = {"parley_outbox", "parley_outbox_messages_total", "parley_conversations"}
    assert set(re.findall(r"parley_[a-z_]+", guide)) == names | of_database
    values = {value for each in families for s in each.samples for value in s.labels.values()}
    for family in families:
        for label in {name for sample in family.samples for name in sample.labels} - {"le"}:
            assert f"`{label}`" in guide
    labels = {each.label for each in vars(refusals).values() if getattr(each, "label", "")}
    services = set(engine_services(clock=time.time, secret="")) - LOCAL
    words = {*OUTCOMES, *MEMORIES, "too large", *services, *labels}
    words |= {*SCRIPT_EVENTS, *QUESTION_EVENTS}
    assert words - labels <= values
    plain = " ".join(guide.split())
    assert [word for word in words if f"`{word}`" not in plain] == []


def test_two_applications_have_separate_metrics(make_app: Callable[..., Flask], app: Flask) -> None:
    another = make_app(METRICS_TOKEN=NEW)
    Twilio(another.test_client(use_cookies=False)).hears("counter")
    assert told(app) == {}


@pytest.mark.parametrize("token", [OLD, NEW])
@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER  "])
def test_each_token_is_accepted(app: Flask, token: str, scheme: str) -> None:
    response = ask(app, "/metrics?a=b", Authorization=scheme + token)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        f"Basic {NEW}",
        NEW,
        f"Bearer {NEW}x",
        f"Bearer {NEW[:-1]}",
        "Bearer é",
        f"Bearer {NEW},{OLD}",
        "Bearer \udcff",
    ],
)
def test_anything_else_is_rejected_without_details(app: Flask, header: str) -> None:
    given = {"Authorization": header.encode(errors="surrogateescape").decode("latin-1")}
    response = ask(app, **given)
    assert response.status_code == 403
    assert response.data == ask(app, "/sms/counter").data
    assert "WWW-Authenticate" not in response.headers


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("POST", "/metrics", 403),
        ("HEAD", "/metrics", 405),
        ("GET", "/metrics/", 403),
        ("GET", "//metrics", 403),
        ("GET", "/%6detrics", 403),
        ("GET", "/metricsx", 403),
        ("GET", "/sms/counter", 403),
    ],
)
def test_the_token_is_valid_only_for_the_metrics(
    app: Flask, method: str, target: str, status: int
) -> None:
    assert ask(app, target, method, Authorization=f"Bearer {NEW}").status_code == status


@pytest.mark.threat("S29")
def test_a_signature_does_not_give_access(make_app: Callable[..., Flask]) -> None:
    for settings in ({}, {"METRICS_TOKEN": NEW}):
        app = make_app(**settings)
        for target in ("/metrics", "//metrics", "/metrics/"):
            signed = {"X-Twilio-Signature": signature(PUBLIC_URL + target)}
            wanted = 403 if "METRICS_TOKEN" in settings and target == "/metrics" else 404
            assert ask(app, target, **signed).status_code == wanted, (settings, target)


def test_without_a_token_the_route_does_not_exist(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    assert ask(app, Authorization=f"Bearer {NEW}").status_code == 403
    assert ask(app).data == ask(app, "/sms/counter").data
