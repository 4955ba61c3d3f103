"""What is counted, and who may read it."""

import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import TestResponse

from app.outside import errands
from app.phone.testing import Clock
from app.web.counted import MEMORIES, OUTCOMES
from app.web.errors import COUNTED_AS
from app.web.metrics import Metrics
from app.web.metrics_door import MetricsDoor
from tests.counts import counts
from tests.outside.source import PICTURE, said, sends, source
from tests.server.running import ROOT, clean_environ
from tests.twilio import ALICE, APP, PUBLIC_URL, SECRET, TOKEN, Twilio, message, signature

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
    """The numbers that are not 0, but for how long turns took."""
    response = ask(app, Authorization=f"Bearer {NEW}")
    assert response.status_code == 200
    numbers = counts(response.text)
    return {name: n for name, n in numbers.items() if not name.startswith("parley_turn_seconds")}


def test_a_turn_is_counted_by_its_flow_its_cookie_and_its_time(app: Flask, twilio: Twilio) -> None:
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
    source = "from app.conversation import Reply\ndef hoard(message, session):\n"
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
    reply = "from app.conversation import Reply\n"
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


def test_a_failure_elsewhere_is_counted_by_its_errand(make_app: Callable[..., Flask]) -> None:
    with source(sends(said(PICTURE)), sends(said(b"gone", "500 Oh"))) as (url, _):
        app = make_app(METRICS_TOKEN=NEW, MMS_SOURCE_URL=url)
        twilio = Twilio(app.test_client(use_cookies=False))
        twilio.hears("mms-reply")
        assert "parley_upstream_failures_total fetch_json" not in told(app)
        assert "No doge today" in twilio.hears("mms-reply")
    assert told(app)["parley_upstream_failures_total fetch_json"] == 1


def test_every_number_is_there_before_it_is_counted(app: Flask) -> None:
    page = ask(app, Authorization=f"Bearer {NEW}").text
    families = {family.name: family for family in text_string_to_metric_families(page)}
    assert set(families) == {
        "parley_turns",
        "parley_turn_seconds",
        "parley_cookies",
        "parley_refusals",
        "parley_upstream_failures",
    }
    assert {"flow": "counter", "outcome": "failed"} in [
        sample.labels for sample in families["parley_turns"].samples
    ]
    failures = families["parley_upstream_failures"].samples
    assert [each.labels["errand"] for each in failures] == ["fetch_json", "find_contacts"]
    assert counts(page) == {}


def test_the_words_of_the_guide_are_those_of_the_metrics(app: Flask) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
    page = ask(app, Authorization=f"Bearer {NEW}").text
    families = list(text_string_to_metric_families(page))
    histogram = {f"parley_turn_seconds{end}" for end in ("", "_bucket")}
    counters = {f"{family.name}_total" for family in families if family.type == "counter"}
    assert set(re.findall(r"parley_[a-z_]+", guide)) == histogram | counters
    values = {value for each in families for s in each.samples for value in s.labels.values()}
    for family in families:
        for label in {name for sample in family.samples for name in sample.labels} - {"le"}:
            assert f"`{label}`" in guide
    words = {*OUTCOMES, *MEMORIES, "too large", *errands(threads=8), *COUNTED_AS.values()}
    assert words - set(COUNTED_AS.values()) <= values
    plain = " ".join(guide.split())
    assert [word for word in words if f"`{word}`" not in plain] == []


def test_every_route_refuses_a_stranger_also_with_metrics(app: Flask) -> None:
    rules = [rule.rule.replace("<name>", "counter") for rule in app.url_map.iter_rules()]
    for path in [*rules, "/", "/metrics", "/metrics/"]:
        for method in ("GET", "POST"):
            wanted = 200 if (path, method) == ("/healthz", "GET") else 403
            assert ask(app, path, method).status_code == wanted, path


def test_two_applications_share_no_numbers(make_app: Callable[..., Flask], app: Flask) -> None:
    another = make_app(METRICS_TOKEN=NEW)
    Twilio(another.test_client(use_cookies=False)).hears("counter")
    assert told(app) == {}


@pytest.mark.parametrize("token", [OLD, NEW])
@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER  "])
def test_each_token_opens(app: Flask, token: str, scheme: str) -> None:
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
def test_nothing_else_opens_and_a_stranger_learns_nothing(app: Flask, header: str) -> None:
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
def test_the_token_opens_the_metrics_alone(
    app: Flask, method: str, target: str, status: int
) -> None:
    assert ask(app, target, method, Authorization=f"Bearer {NEW}").status_code == status


@pytest.mark.threat("S29")
def test_a_signature_does_not_open_them(make_app: Callable[..., Flask]) -> None:
    for settings in ({}, {"METRICS_TOKEN": NEW}, {"METRICS_PORT": "9100"}):
        app = make_app(**settings)
        for target in ("/metrics", "//metrics", "/metrics/"):
            signed = {"X-Twilio-Signature": signature(PUBLIC_URL + target)}
            wanted = 403 if "METRICS_TOKEN" in settings and target == "/metrics" else 404
            assert ask(app, target, **signed).status_code == wanted, (settings, target)


def test_without_a_setting_there_is_nothing(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    assert ask(app, Authorization=f"Bearer {NEW}").status_code == 403
    assert ask(app).data == ask(app, "/sms/counter").data


@contextmanager
def connected(port: int = 0) -> Iterator[tuple[socket.socket, int]]:
    """A connection that was accepted on a port of 127.0.0.1, and that port."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), listener.accept()[0] as accepted:
            yield accepted, port


def arrive(app: Flask, method: str, target: str, port: int, **more: Any) -> TestResponse:
    """A request of which gunicorn tells the port of the listener, and the connection."""
    environ = {"RAW_URI": target, "SERVER_NAME": "127.0.0.1", "SERVER_PORT": str(port), **more}
    signed = {"X-Twilio-Signature": signature(PUBLIC_URL + target)}
    client = app.test_client(use_cookies=False)
    return client.open(target, method=method, headers=signed, environ_overrides=environ)


def test_the_port_of_the_metrics_answers_nothing_else(make_app: Callable[..., Flask]) -> None:
    with connected() as (connection, port):
        app = make_app(METRICS_PORT=str(port), METRICS_TOKEN=NEW)
        more = {"gunicorn.socket": connection}
        assert arrive(app, "GET", "/metrics", port, **more).status_code == 200
        assert arrive(app, "GET", "/healthz", port, **more).text == "ok\n"
        query = f"From={ALICE[1:]}&To={APP[1:]}&MessageSid=SM1"
        for method, target in (
            ("GET", f"/sms/counter?{query}"),
            ("GET", "/"),
            ("GET", "//metrics"),
            ("POST", "/metrics"),
            ("HEAD", "/metrics"),
            ("PUT", "/sms/counter"),
        ):
            response = arrive(app, method, target, port, **more)
            assert response.status_code == 404, (method, target)
            if method != "HEAD":
                assert response.text == "This port answers GET /metrics and GET /healthz alone.\n"
        good = arrive(app, "GET", f"/sms/counter?{query}", port + 1, **more)
        assert good.status_code == 200, "the same request is a turn on the server's own port"


def test_no_request_can_say_that_it_came_to_the_port_of_the_metrics(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(METRICS_PORT="9100")
    ours, theirs = socket.socketpair()  # as behind a Unix socket, where `Host` makes SERVER_PORT
    with ours, theirs, connected() as (elsewhere, _):
        for connection in (ours, elsewhere, None):
            response = arrive(app, "GET", "/metrics", 9100, **{"gunicorn.socket": connection})
            assert response.status_code == 404, "signed, and no metrics: there is no such flow"
            assert b"parley" not in response.data


def test_no_number_word_or_secret_is_in_the_metrics(app: Flask, twilio: Twilio) -> None:
    words = "my-recognisable-words"
    for _ in range(2):
        twilio.text("counter", words, ProfileName=words)
    twilio.post(f"/sms/{words}", message(words))
    twilio.post("/sms/counter", {**message(words), "To": ""})
    for method in (words, "PUT", "GET"):
        for target in (f"/{words}", f"/sms/{ALICE}?a={words}"):
            ask(app, target, method, Authorization=f"Bearer {words}", Cookie=f"parley={words}")
    settings = {"X-Twilio-Webhooks-Signature-Settings": f"key={words},algorithm={words}"}
    twilio.post("/sms/counter", message(words), **settings)
    page = ask(app, Authorization=f"Bearer {NEW}").text
    assert 'reason="unknown algorithm"' in page
    cookie = twilio.cookie.partition("=")[2]
    for secret in (words, ALICE, ALICE[1:], APP[1:], TOKEN, SECRET, NEW, OLD, cookie):
        assert secret not in page


def test_no_token_is_in_a_repr() -> None:
    assert NEW not in repr(MetricsDoor(Metrics([]), (NEW,), 0))


def test_the_client_is_not_even_loaded_where_there_are_no_metrics(
    environ: dict[str, str], tmp_path: Path
) -> None:
    code = "import sys, wsgi; sys.exit(any('prometheus' in name for name in sys.modules))"
    for settings, loaded in ((dict[str, str](), 0), ({"METRICS_TOKEN": "x" * 32}, 1)):
        ended = subprocess.run(
            [sys.executable, "-c", code],
            env=clean_environ(**environ, **settings, PYTHONPATH=str(ROOT)),
            cwd=tmp_path,
            capture_output=True,
            check=False,
            timeout=30,
        )
        assert ended.returncode == loaded, ended.stderr
