"""The dashboard, the alerts and `parley funnel` with the metrics and log of a real server."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families

from parley import create_app
from parley.cli import sms as commands
from parley.funnel.counts import Funnel
from parley.funnel.reading import add_log, add_page
from parley.http_client import Request
from parley.settings import Settings
from tests.funnel.conversations import HELD, METRICS_TOKEN, hold, page_of
from tests.monitoring.promtool import is_true, needs_promtool, run_tests, series_of
from tests.server.running import running, until
from tests.webhook import PUBLIC_URL, SETTINGS, Send, Twilio, message, over_http

pytestmark = pytest.mark.live

DEPLOY = Path(__file__).parents[2] / "deploy"
DASHBOARD = json.loads((DEPLOY / "grafana-dashboard.json").read_text())
ALERTS = yaml.safe_load((DEPLOY / "prometheus-alerts.yml").read_text())
PANELS = [each for each in DASHBOARD["panels"] if each["type"] != "row"]
QUERIES = [target["expr"] for panel in PANELS for target in panel["targets"]]
RULES = [rule["expr"] for group in ALERTS["groups"] for rule in group["rules"]]
GRAFANAS = {"$__rate_interval": "5m", "$__range": "1h", "$flow": ".*"}
"""The values that Grafana inserts for its variables."""
PROMETHEUS = {"job", "up", "le"}
"""Labels and a metric that Prometheus adds."""
BREAKS = "def breaks(message, session):\n    return 1 / 0\n"


class Texted(NamedTuple):
    """A server after some texts: its port, its log in JSON, its metrics before and after."""

    port: int
    log: str
    before: str
    after: str


@pytest.fixture(scope="module")
def texted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Texted]:
    folder = tmp_path_factory.mktemp("server")
    (folder / "breaks.py").write_text(BREAKS)
    settings = {
        **SETTINGS,
        "METRICS_TOKEN": METRICS_TOKEN,
        "LOG_FORMAT": "json",
        "WEB_CONCURRENCY": "2",
        "FLOWS": f"flows,{folder}/",
        "MMS_SOURCE_URL": "http://127.0.0.1:1/",
        "TWILIO_ALLOWED_ACCOUNTS": f"AC{'0' * 32}",
    }
    with running(folder, settings) as server:
        until(lambda: server.log().count('"serving"') == 2)
        send = over_http(server.port)
        before = page(send)
        text_all(send)
        yield Texted(server.port, server.log(), before, page(send))


def page(send: Send) -> str:
    authorized = {"Authorization": f"Bearer {METRICS_TOKEN}"}
    response = send(Request("GET", f"{PUBLIC_URL}/metrics", authorized, b""))
    assert response.status_code == 200
    return response.text


def text_all(send: Send) -> None:
    """Send a few texts of every kind that the metrics distinguish."""
    hold(send, lambda _: None)
    twilio = Twilio(send)
    texts = {"counter": 200, "breaks": 500, "forward": 503, "mms-reply": 200}
    assert [twilio.text(flow).status_code for flow in texts] == list(texts.values())
    assert twilio.post("/sms/fallback", {**message(), "ErrorCode": "11200"}).status_code == 200
    for number, status in enumerate(("delivered", "undelivered", "failed")):
        report = {**message(), "MessageSid": f"SM{number:032x}", "MessageStatus": status}
        assert twilio.post("/sms/status", {**report, "ErrorCode": "30003"}).status_code == 200
    keyed = {"X-Twilio-Webhooks-Signature-Settings": "key=a,algorithm=HMAC_SHA256"}
    for headers in ({**keyed, "X-Twilio-Signature": "A" * 44}, {"X-Twilio-Signature": "A" * 28}):
        assert twilio.post("/sms/counter", message(), **headers).status_code == 403
    other = message(AccountSid=f"AC{'1' * 32}")
    assert twilio.post("/sms/counter", other).status_code == 403


def plain(query: str) -> str:
    for variable, value in GRAFANAS.items():
        query = query.replace(variable, value)
    assert "$" not in query
    return query


def test_every_metric_label_and_value_in_the_queries_exists(texted: Texted) -> None:
    check(texted.after, [each for each in [*QUERIES, *RULES] if not is_of_database(each)])


def is_of_database(query: str) -> bool:
    """Whether a metric or the values of its labels need a server with a database."""
    return "parley_outbox" in query or '"database"' in query


def check(page: str, queries: list[str]) -> None:
    """Check that a page has all series that the queries name."""
    found: dict[str, set[str]] = {}
    names = set()
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            names.add(sample.name)
            for label, value in sample.labels.items():
                found.setdefault(label, set()).add(value)
    for query in map(plain, queries):
        assert set(re.findall(r"\bparley_\w+", query)) <= names, query
        for labels in re.findall(r"\bby \(([^)]*)\)", query):
            assert set(labels.split(", ")) <= set(found), query
        for label, values in re.findall(r'(\w+)=~?"([^"]*)"', query):
            if label not in PROMETHEUS and values != ".*":
                assert set(values.split("|")) <= found[label], query
    for panel in PANELS:
        if panel["targets"][0]["expr"] in queries:
            assert set(re.findall(r"{{(\w+)}}", json.dumps(panel))) <= set(found)


@needs_promtool
def test_the_database_queries_have_results(database_url: str, tmp_path: Path) -> None:
    given = {**SETTINGS, "METRICS_TOKEN": METRICS_TOKEN, "DATABASE_URL": database_url}
    app = create_app(Settings.load(given))
    found = page_of(app)
    app.extensions["parley"].memory.close()
    queries = [each for each in QUERIES if is_of_database(each)]
    rules = [each for each in RULES if "parley_outbox" in each]
    check(found, [*queries, *rules])
    assert len(queries) == len(rules) == 1
    exist = [is_true(f"count({each}) > bool 0") for each in queries]
    series = [*series_of(found, found)]
    run_tests(tmp_path, [{"interval": "1m", "input_series": series, "promql_expr_test": exist}])


def test_the_dashboard_is_complete() -> None:
    ids = [each["id"] for each in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    cells: set[tuple[int, int]] = set()
    for each in DASHBOARD["panels"]:
        place = each["gridPos"]
        own = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & own, each["title"]
        assert place["x"] + place["w"] <= 24
        cells |= own
    source = {"type": "prometheus", "uid": "${datasource}"}
    sources = [each["datasource"] for panel in PANELS for each in (panel, *panel["targets"])]
    assert all(each == source for each in sources)
    variables = {each["name"] for each in DASHBOARD["templating"]["list"]}
    assert set(re.findall(r"\$\{?([a-z]+)", "".join([*QUERIES, source["uid"]]))) == variables


@needs_promtool
def test_every_query_of_the_dashboard_has_results(texted: Texted, tmp_path: Path) -> None:
    queries = [plain(each) for each in QUERIES if not is_of_database(each)]
    run_tests(tmp_path, [over(texted, [is_true(f"count({q}) > bool 0") for q in queries])])


@needs_promtool
def test_the_dashboard_shows_the_same_as_the_command(texted: Texted, tmp_path: Path) -> None:
    questions = {
        f'flow="{flow}",question="{name}"': each
        for flow, script in funnel(texted).scripts.items()
        for name, each in script.questions.items()
        if each.asked
    }
    shares = {labels: each.lost / each.asked for labels, each in questions.items()}
    medians = {labels: each.median_seconds for labels, each in questions.items()}
    wanted = []
    for title, values in (("Where people leave", shares), ("Median time to answer", medians)):
        (query,) = [plain(each["targets"][0]["expr"]) for each in PANELS if each["title"] == title]
        for labels, value in values.items():
            if value is not None:
                asked = f'parley_questions_total{{{labels},event="asked"}}'
                near = f"abs(({query}) - {value}) < bool 0.001"
                wanted.append(is_true(f"sum({near} and on (flow, question) {asked})"))
    assert len(wanted) == 5 + 4
    run_tests(tmp_path, [over(texted, wanted)])


def over(texted: Texted, expressions: list[dict[str, Any]]) -> dict[str, Any]:
    series = [*series_of(texted.before, texted.after)]
    return {"interval": "1m", "input_series": series, "promql_expr_test": expressions}


def funnel(texted: Texted) -> Funnel:
    found = Funnel()
    add_page(texted.after, found)
    return found


def test_the_log_of_two_workers_agrees_with_their_metrics(texted: Texted) -> None:
    logged = Funnel()
    add_log(texted.log.splitlines(), logged)
    counted = funnel(texted)
    assert sum(each.events["begun"] for each in logged.scripts.values()) == len(HELD)
    for name, script in logged.scripts.items():
        assert script.events == counted.scripts[name].events
        for question, each in script.questions.items():
            assert each.events == counted.scripts[name].questions[question].events


def test_the_command_reads_the_metrics_of_a_server(texted: Texted) -> None:
    url = f"http://127.0.0.1:{texted.port}/metrics"
    run = CliRunner()
    read = run.invoke(commands, ["funnel", url], env={"METRICS_TOKEN": METRICS_TOKEN})
    assert read.exit_code == 0
    assert "sign-up: 6 begun, 2 finished (33 %), 1 exit, 1 menu, 2 silent\n" in read.output
    refused = run.invoke(commands, ["funnel", url], env={"METRICS_TOKEN": "n" * 32})
    assert refused.exit_code == 1
    assert "Error: The server refuses (403): it has another METRICS_TOKEN" in refused.output
    elsewhere = url.replace("/metrics", "/healthz")
    wrong = run.invoke(commands, ["funnel", elsewhere], env={"METRICS_TOKEN": METRICS_TOKEN})
    assert "is not a page of metrics" in wrong.output
