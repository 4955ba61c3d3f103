"""Traces: the spans of a turn, and the data that they never contain."""

import json
import logging
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from parley import Parley, create_app
from parley.settings import Settings, SettingsError
from tests import traced_flows
from tests.collector import CLIENT, FAILED, SERVER, Collector, Taken, collecting
from tests.server.running import ROOT, clean_environ, free_port
from tests.services.upstream import said, sends, source
from tests.webhook import ALICE, APP, SECRET, SETTINGS, TOKEN, Twilio, message

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"
WORDS = "my recognisable words"
Traced = Callable[..., Twilio]


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting() as found:
        yield found


def make(endpoint: str, *, services: Any = None, **settings: str) -> Flask:
    given = {**SETTINGS, "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, **settings}
    return create_app(
        Settings.load(given),
        flows=["tests.traced_flows", "flows"],
        services=services or {"find_stock": lambda _: "3"},
    )


def texting(app: Flask) -> Twilio:
    return Twilio(app.test_client(use_cookies=False))


def spans(app: Flask, collector: Collector) -> list[Taken]:
    """Return the spans that the collector received from this application."""
    app.extensions["parley"].traces.stop()
    return collector.take()


@pytest.fixture
def app(collector: Collector) -> Iterator[Flask]:
    collector.take()
    collector.status = 200
    made = make(collector.url)
    yield made
    made.extensions["parley"].traces.stop()


def test_a_turn_is_a_span_by_the_semantic_conventions_for_http(
    app: Flask, collector: Collector
) -> None:
    twilio = texting(app)
    assert twilio.hears("counter").startswith("Hello")
    twilio.hears("counter")
    first, second = spans(app, collector)
    assert (first.name, first.kind, first.status, first.parent) == (
        "POST /sms/counter",
        SERVER,
        0,
        "",
    )
    assert first.attributes == {
        "http.request.method": "POST",
        "http.route": "/sms/counter",
        "url.path": "/sms/counter",
        "url.scheme": "https",
        "server.address": "sms.example.com",
        "network.protocol.version": "1.1",
        "http.response.status_code": 200,
        "parley.flow": "counter",
        "parley.outcome": "answered",
        "parley.session": "new",
        "parley.message_sid": first.attributes["parley.message_sid"],
    }
    assert first.attributes["parley.message_sid"].startswith("SM0000")
    assert second.attributes["parley.session"] == "continued"
    assert second.trace != first.trace
    assert first.resource["service.name"] == "parley"
    assert first.resource["telemetry.sdk.language"] == "python"


def test_traceparent_sets_the_parent_span(
    app: Flask, collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="parley")
    twilio = texting(app)
    twilio.post("/sms/counter", message(), traceparent=TRACEPARENT)
    twilio.post("/sms/counter", message(), traceparent="00-0-0-01")
    twilio.post("/sms/counter", message(), traceparent=f"00-{TRACE}-{PARENT}-00")
    child, root = spans(app, collector)
    assert (child.trace, child.parent) == (TRACE, PARENT)
    assert root.parent == ""
    lines = [each.getMessage() for each in caplog.records if " flow=counter" in each.getMessage()]
    assert [
        f"trace={trace}" in line
        for trace, line in zip((TRACE, root.trace, TRACE), lines, strict=True)
    ] == [True] * 3


def test_service_calls_are_spans_inside_the_turn(app: Flask, collector: Collector) -> None:
    with source(sends(said(b"a picture"))) as (url, asked):
        assert texting(app).hears("fetching", url) == "a picture"
        turn, get = spans(app, collector)
        assert (get.name, get.kind, get.trace, get.parent) == (
            "http.get",
            CLIENT,
            turn.trace,
            turn.span,
        )
        assert get.attributes == {}
        assert f"traceparent: 00-{get.trace}-{get.span}-".encode() in asked[0].lower()


def test_a_call_of_a_script_is_one_span(collector: Collector) -> None:
    collector.take()
    app = make(collector.url)
    twilio = texting(app)
    twilio.hears("pricing")
    assert twilio.hears("pricing", "cake") == "cake: 5, in stock: 3"
    _, turn, price, stock = spans(app, collector)
    assert [each.name for each in (price, stock)] == ["price_of", "find_stock"]
    assert {each.parent for each in (price, stock)} == {turn.span}


def test_a_failing_service_is_a_failed_span_without_the_message(collector: Collector) -> None:
    collector.take()
    app = make(collector.url, services={"find_stock": traced_flows.no_stock})
    twilio = texting(app)
    twilio.hears("pricing")
    assert twilio.hears("pricing", WORDS) == f"{WORDS}: 5, in stock: none"
    _, turn, _, stock = spans(app, collector)
    assert (turn.status, stock.status) == (0, FAILED)
    assert stock.attributes == {"error.type": "parley.conversation.flow.ServiceError"}
    with source(sends(said(b"", "404 Not Found"))) as (url, _):
        assert twilio.text("fetching", url).status_code == 500
    failed = spans(app, collector)[1]
    assert failed.attributes["http.response.status_code"] == 404


def test_a_failing_flow_is_a_span_with_the_line_and_without_the_message(
    app: Flask, collector: Collector
) -> None:
    assert texting(app).text("failing", WORDS).status_code == 500
    (turn,) = spans(app, collector)
    assert turn.status == FAILED
    assert turn.attributes["http.response.status_code"] == 500
    assert turn.attributes["parley.outcome"] == "failed"
    assert turn.attributes["error.type"] == "ValueError"
    (event,) = turn.events
    assert (event["name"], event["exception.type"]) == ("exception", "ValueError")
    assert "traced_flows.py" in event["exception.stacktrace"]
    assert "exception.message" not in event


def test_the_span_of_a_refusal_has_its_reason(app: Flask, collector: Collector) -> None:
    twilio = texting(app)
    wrong = {"X-Twilio-Signature": "x"}
    assert twilio.post("/sms/counter", message(), **wrong).status_code == 403
    assert twilio.text("needing").status_code == 503
    assert twilio.text(f"no-{WORDS.replace(' ', '-')}").status_code == 404
    forbidden, unset, unknown = spans(app, collector)
    assert forbidden.attributes["parley.refusal"] == "malformed signature"
    assert "parley.outcome" not in forbidden.attributes
    assert forbidden.status == 0
    assert unset.attributes["parley.outcome"] == "setting missing"
    assert unset.attributes["error.type"] == "parley.refusals.SettingMissing"
    assert unset.status == FAILED
    assert (unknown.name, unknown.attributes["parley.refusal"]) == ("POST", "no such flow")
    assert "url.path" not in unknown.attributes


def test_the_menu_and_receipts_have_spans_but_health_checks_do_not(
    app: Flask, collector: Collector
) -> None:
    twilio = texting(app)
    twilio.hears("", "hello?")
    twilio.hears("", "counter")
    twilio.post("/sms/status", {**message(), "MessageStatus": "delivered"})
    twilio.client.get("/healthz")
    twilio.client.get("/metrics")
    twilio.client.get("/")
    menu, counter, receipt = spans(app, collector)
    assert [menu.name, counter.name] == ["POST /sms"] * 2
    assert [menu.attributes["parley.flow"], counter.attributes["parley.flow"]] == [
        "menu",
        "counter",
    ]
    assert receipt.name == "POST /sms/status"


@pytest.mark.threat("S24")
def test_no_span_contains_personal_data_or_a_secret(app: Flask, collector: Collector) -> None:
    twilio = texting(app)
    collector.raw = b""
    for flow in ("failing", "counter", "pricing", "pricing", "", "fetching", ALICE):
        twilio.text(flow, WORDS)
    twilio.post(
        f"/sms/counter?Body={WORDS.replace(' ', '+')}", message(WORDS), Cookie="parley=x.y.z"
    )
    spans(app, collector)
    assert collector.raw
    for secret in (
        ALICE,
        APP,
        ALICE[2:],
        WORDS,
        "recognisable",
        TOKEN,
        SECRET,
        twilio.cookie[7:40],
    ):
        assert secret.encode() not in collector.raw, secret


def test_an_unreachable_collector_delays_no_turn_and_is_logged_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "8")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "2")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    caplog.set_level(logging.WARNING)
    app = make(f"http://127.0.0.1:{free_port()}")
    twilio = texting(app)
    slowest = 0.0
    for number in range(60):
        began = time.monotonic()
        assert twilio.text("counter", str(number)).status_code == 200
        slowest = max(slowest, time.monotonic() - began)
        time.sleep(0.01)
    assert slowest < 0.5
    began = time.monotonic()
    app.extensions["parley"].traces.stop()
    assert time.monotonic() - began < 3
    told = [each.getMessage() for each in caplog.records]
    assert len(told) == 1, told
    assert told[0].startswith(
        'traces reason="the collector does not accept them; turns are answered'
    )


def test_a_hanging_collector_does_not_delay_the_stop() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        app = make(f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert texting(app).text("counter").status_code == 200
        began = time.monotonic()
        app.extensions["parley"].traces.stop()
        assert 1 < time.monotonic() - began < 4


def test_the_recovery_of_the_collector_is_logged_once(
    app: Flask,
    collector: Collector,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    caplog.set_level(logging.INFO, logger="parley")
    twilio = texting(app)
    for status, lines in ((400, 1), (400, 1), (200, 2), (200, 2)):
        collector.status = status
        twilio.text("counter")
        time.sleep(0.15)
        told = [each.getMessage() for each in caplog.records if "traces" in each.getMessage()]
        assert len(told) == lines, told
    assert told[1] == 'traces reason="the collector accepts them again"'


def test_without_the_packages_the_server_warns_at_startup_and_answers_texts(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "parley.traces", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    app = make("http://127.0.0.1:4318")
    assert texting(app).text("counter").status_code == 200
    assert app.extensions["parley"].traces is None
    (line,) = [each.getMessage() for each in caplog.records if "OTEL" in each.getMessage()]
    assert "pip install 'parley-sms[traces]'" in line


def test_an_endpoint_that_is_not_a_url_is_an_error() -> None:
    with pytest.raises(SettingsError, match="OTEL_EXPORTER_OTLP_ENDPOINT must begin with http"):
        make("collector:4318")


def test_flows_in_a_flask_application_are_traced_under_their_prefix(collector: Collector) -> None:
    collector.take()
    app = Flask(__name__)
    settings = Settings.load({**SETTINGS, "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url})
    Parley(app, flows=["flows"], settings=settings, url_prefix="/texts")
    assert app.test_client().get("/elsewhere").status_code == 404
    assert texting(app).post("/texts/counter", message()).status_code == 200
    (turn,) = spans(app, collector)
    assert turn.name == "POST /texts/counter"


def test_without_the_setting_opentelemetry_is_not_imported() -> None:
    code = "import sys; from parley import create_app; create_app(); print(*sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env=clean_environ(PYTHONPATH=str(ROOT / "app"), **SETTINGS),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    loaded = {name.partition(".")[0] for name in ended.stdout.split()}
    assert "parley" in loaded
    assert not loaded & {"opentelemetry", "google"}
    assert "parley.tracing" in ended.stdout
    assert "parley.traces" not in ended.stdout


OWN_PROVIDER = """
import json
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

exporter, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)

from tests.test_traces import TRACEPARENT, make, message, texting

twilio = texting(make("http://127.0.0.1:1"))
with trace.get_tracer("the host").start_as_current_span("request"):
    twilio.post("/sms/counter", message(), traceparent=TRACEPARENT)
turn, around = exporter.get_finished_spans()
print(json.dumps([turn.name, turn.parent.span_id == around.context.span_id]))
"""


def test_an_application_with_its_own_provider_gets_the_spans() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", OWN_PROVIDER],
        cwd=ROOT,
        env=clean_environ(PYTHONPATH=f"{ROOT / 'app'}:{ROOT}"),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert json.loads(ended.stdout.splitlines()[-1]) == ["POST /sms/counter", True]
