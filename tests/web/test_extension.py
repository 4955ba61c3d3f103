"""Flows in an existing Flask application: neither affects the other."""

import logging
from collections.abc import Callable
from typing import Any

import flask
import pytest
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client, TestResponse

from parley import FlowError, Parley, Session, Settings, SettingsError
from parley.metrics import NullMetrics
from parley.sessions import ConversationKey, SessionCookie
from tests.webhook import ALICE, APP, PUBLIC_URL, Twilio, message, said, signature

FLOW = '''
from flask import current_app
from parley import Message, Reply, Session, Switch


def order(message: Message, session: Session, *, loud: Switch = False, find_table) -> Reply:
    """Find a table."""
    if message.body == "fail":
        raise RuntimeError
    table = f"Table {find_table(message.body)} at {current_app.config['CAFE']}"
    count = session.get_int("count") + 1
    return Reply(f"{table}, {count}{'!' if loud else ''}", session=session.remember(count=count))
'''

Project = Callable[[dict[str, str]], Any]
Seen = list[str]


def make_host(seen: Seen) -> flask.Flask:
    """An application with everything that could interfere with another part."""
    app = flask.Flask("host")
    app.config.update(CAFE="Zoë's", SECRET_KEY="host's own", SESSION_COOKIE_NAME="session")

    @app.before_request
    def log_in() -> TestResponse | flask.Response | None:
        seen.append(f"before {flask.request.path}")
        flask.request.get_data()  # some hooks read the body first
        flask.session["visits"] = flask.session.get("visits", 0) + 1
        if flask.request.path == "/private":
            return flask.redirect("/login")  # type: ignore[return-value]
        return None

    @app.after_request
    def brand(response: flask.Response) -> flask.Response:
        seen.append(f"after {flask.request.path}")
        response.headers["X-Host"] = "yes"
        return response

    @app.teardown_request
    def close(_error: BaseException | None) -> None:
        seen.append("teardown")

    for status in (403, 404, 405, 500):
        app.register_error_handler(status, lambda error: (f"host's page for {error.code}", 418))
    app.register_error_handler(Exception, lambda error: (f"host met {type(error).__name__}", 418))

    @app.get("/")
    @app.get("/texts")
    @app.get("/textsandmore")
    @app.get("/private")
    @app.post("/echo")
    def page() -> str:
        return f"{flask.request.path} {flask.request.form.get('a')} {flask.session['visits']}"

    @app.get("/broken")
    def broken() -> str:
        raise RuntimeError("host's own")

    return app


@pytest.fixture
def seen() -> Seen:
    return []


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    return Settings.load({**environ, "LOUD": "on"})


@pytest.fixture
def host(seen: Seen, settings: Settings, project: Project) -> flask.Flask:
    project({"shop/flows/order.py": FLOW})
    app = make_host(seen)
    parley = Parley(flows=["shop.flows"], services={"find_table": len}, settings=settings)
    parley.init_app(app, url_prefix="/texts")
    return app


def text(host: flask.Flask, body: str, cookie: str = "", path: str = "/texts/order") -> Any:
    twilio = Twilio(host.test_client(use_cookies=False))
    headers = {"Cookie": cookie} if cookie else {}
    return twilio.post(path, message(body), **headers)


def test_a_flow_answers_under_the_prefix_with_its_session(host: flask.Flask, seen: Seen) -> None:
    first = text(host, "four")
    assert said(first) == ["Table 4 at Zoë's, 1!"], (
        "the setting, the service and the host's config are used"
    )
    cookie = first.headers["Set-Cookie"].partition(";")[0]
    assert said(text(host, "five!", cookie)) == ["Table 5 at Zoë's, 2!"]
    assert seen == [], "a hook of the host ran"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/texts/order", 200),
        ("/texts/order/", 200),
        ("/texts/fallback", 200),
        ("/texts/nothing", 404),
        ("/texts/", 200),
        ("/texts/healthz", 404),
        ("/texts/order/more", 404),
    ],
)
def test_every_path_under_the_prefix_needs_a_signature(
    host: flask.Flask, seen: Seen, path: str, status: int
) -> None:
    response = text(host, "hi", path=path)
    assert response.status_code == status
    unsigned = host.test_client().post(path, data=message("hi"))
    assert unsigned.status_code == 403
    assert "is not signed by Twilio" in unsigned.text
    assert host.test_client().put(path).status_code == 405
    for each in (response, unsigned):
        assert "X-Host" not in each.headers
        assert "session=" not in each.headers.get("Set-Cookie", "")
    assert seen == [], "the host's hooks, error handlers or sessions ran"


def test_the_signed_url_includes_the_prefix(host: flask.Flask) -> None:
    form = message("hi")
    client = host.test_client(use_cookies=False)
    statuses = [
        client.post(
            "/texts/order", data=form, headers={"X-Twilio-Signature": signature(url, form)}
        ).status_code
        for url in (f"{PUBLIC_URL}/texts/order", f"{PUBLIC_URL}/sms/order", f"{PUBLIC_URL}/order")
    ]
    assert statuses == [200, 403, 403]


REQUESTS = [
    ("GET", "/"),
    ("GET", "/texts"),
    ("GET", "/textsandmore"),
    ("GET", "/private"),
    ("POST", "/echo"),
    ("DELETE", "/"),
    ("GET", "/broken"),
    ("GET", "/nothing"),
    ("GET", "/sms/order"),
    ("GET", "/healthz"),
    ("GET", "/metrics"),
    ("GET", "/phone/"),
    ("OPTIONS", "/echo"),
]


@pytest.mark.parametrize(("method", "path"), REQUESTS)
def test_the_hosts_other_routes_are_unchanged(
    host: flask.Flask, seen: Seen, method: str, path: str
) -> None:
    seen_before: Seen = []
    before = make_host(seen_before).test_client()
    after = host.test_client()
    for _ in range(2):  # the second time with a session
        wanted = before.open(path, method=method, data={"a": "b"})
        got = after.open(path, method=method, data={"a": "b"})
        assert (got.status, got.data) == (wanted.status, wanted.data)
        assert [*got.headers.keys()] == [*wanted.headers.keys()]
    assert seen == seen_before != []
    session = after.get_cookie("session")
    assert session is not None
    assert session.domain == "localhost"


def test_only_the_extension_is_added_to_the_host(host: flask.Flask) -> None:
    plain = make_host([])
    assert [str(rule) for rule in host.url_map.iter_rules()] == [
        str(rule) for rule in plain.url_map.iter_rules()
    ]
    for name in ("before_request_funcs", "after_request_funcs", "error_handler_spec"):
        assert len(str(getattr(host, name))) == len(str(getattr(plain, name)))
    assert host.config == plain.config
    assert type(host.session_interface) is type(plain.session_interface)
    assert {*host.extensions} == {"parley", "parley_settings"}
    assert host.blueprints == plain.blueprints == {}


def test_the_hosts_logging_is_unchanged(
    seen: Seen, settings: Settings, project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    project({"shop/flows/order.py": FLOW})
    app, logger = make_host(seen), logging.getLogger("parley")
    before = [*logger.handlers], logger.level, logger.propagate
    formatters = [each.formatter for each in logger.handlers]
    logger.setLevel(logging.NOTSET)
    try:
        Parley(app, flows=["shop.flows"], services={"find_table": len}, settings=settings)
        assert (logger.level, [*logger.handlers]) == (logging.NOTSET, before[0])
        assert [each.formatter for each in logger.handlers] == formatters
        caplog.set_level(logging.WARNING)
        text(app, "hi", path="/sms/order")
        assert caplog.records == [], "the level of the host's root logger must apply"
        caplog.set_level(logging.INFO)
        text(app, "hi", path="/sms/order")
        assert "turn status=200 flow=order" in caplog.records[-1].getMessage()
    finally:
        logger.setLevel(before[1])


def test_a_failing_flow_does_not_call_the_hosts_error_handler(
    host: flask.Flask, seen: Seen, caplog: pytest.LogCaptureFixture
) -> None:
    response = text(host, "fail")
    assert response.status_code == 500
    assert response.text == "Something went wrong. See the server's log.\n"
    assert "RuntimeError" in caplog.records[-1].getMessage()
    assert seen == []


def test_the_signed_url_includes_the_path_of_the_application(host: flask.Flask) -> None:
    form = message("hi")
    response = Client(DispatcherMiddleware(flask.Flask("site"), {"/cafe": host})).post(
        "/cafe/texts/order",
        data=form,
        headers={"X-Twilio-Signature": signature(f"{PUBLIC_URL}/cafe/texts/order", form)},
    )
    assert response.status_code == 200


def test_each_prefix_has_its_own_flows(
    host: flask.Flask, settings: Settings, project: Project
) -> None:
    source = "from parley import Reply\ndef tea(message, session): return Reply('Tea.')\n"
    project({"tea_flows/tea.py": source})
    Parley(host, flows=["tea_flows"], settings=settings, url_prefix="/tea")
    assert said(text(host, "hi", path="/tea/tea")) == ["Tea."]
    assert text(host, "hi", path="/tea/order").status_code == 404
    assert text(host, "hi", path="/texts/order").status_code == 200


def test_two_prefixes_with_the_same_flow_have_separate_sessions(
    host: flask.Flask, settings: Settings
) -> None:
    """With equal names, numbers and secrets; the cookies of the default prefix stay valid."""
    for prefix in ("/sms", "/cafe"):
        services = {"find_table": len}
        Parley(flows=["shop.flows"], services=services, settings=settings).init_app(
            host, url_prefix=prefix
        )
    key = ConversationKey("order", ALICE, APP)
    sealed = SessionCookie(settings.session_secrets).seal(Session({"count": 1}), key, 60)
    cookies = {"/sms": sealed.partition(";")[0]}
    for prefix in ("/texts", "/cafe"):
        set_cookie = text(host, "hi", path=f"{prefix}/order").headers["Set-Cookie"]
        cookies[prefix] = set_cookie.partition(";")[0]
    for mine in cookies:
        for given, cookie in cookies.items():
            (answer,) = said(text(host, "hi", cookie, path=f"{mine}/order"))
            assert answer.endswith(", 2!" if mine == given else ", 1!"), (mine, given)


def test_a_teardown_function_that_raises_loses_no_reply(
    host: flask.Flask, caplog: pytest.LogCaptureFixture
) -> None:
    @host.teardown_appcontext
    def close(_error: BaseException | None) -> None:
        raise ValueError(ALICE)

    response = text(host, "four")
    assert said(response) == ["Table 4 at Zoë's, 1!"]
    assert "Set-Cookie" in response.headers
    line = caplog.records[-1].getMessage()
    assert line.startswith('teardown next="a function of teardown_appcontext raised this')
    assert "ValueError" in line
    assert ALICE not in line


@pytest.mark.parametrize("body", ["hi", "fail"])
def test_a_log_handler_of_the_host_that_raises_loses_no_reply(
    host: flask.Flask, capsys: pytest.CaptureFixture[str], body: str
) -> None:
    class Fails(logging.Handler):
        def emit(self, _record: logging.LogRecord) -> None:
            raise OSError(ALICE)

    logger, handler = logging.getLogger("parley"), Fails()
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        answered = [text(host, body), host.test_client().post("/texts/order")]
        answered.append(text(host, body, path="/texts/fallback"))
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    statuses = [500 if body == "fail" else 200, 403, 200]
    assert [response.status_code for response in answered] == statuses
    assert capsys.readouterr().err == "A turn was not logged or counted: OSError\n" * 3


@pytest.mark.parametrize(("body", "status"), [("hi", 200), ("fail", 500)])
def test_metrics_that_fail_lose_no_reply(
    host: flask.Flask, monkeypatch: pytest.MonkeyPatch, body: str, status: int
) -> None:
    def fail(*_: Any) -> None:
        raise OSError("No space left on device")

    for name in ("turn", "refused", "too_large"):
        monkeypatch.setattr(NullMetrics, name, fail)
    assert text(host, body).status_code == status
    assert text(host, body, path="/texts/fallback").status_code == 200
    assert host.test_client().post("/texts/order").status_code == 403


@pytest.mark.parametrize("prefix", ["/texts", "/texts/", "/a/b-c_d~e.f", "/v1.0/.well"])
def test_a_prefix_is_a_path(settings: Settings, prefix: str) -> None:
    app = flask.Flask("host")
    Parley(flows=["flows"], settings=settings).init_app(app, url_prefix=prefix)
    assert app.extensions["parley"].prefix == f"{prefix.removesuffix('/')}/"


NO_PATHS = ["", "/", "//", "texts", "//texts", "/a//b", "/a//", "/a b", "/é", "/%41", "/a?b"]


@pytest.mark.parametrize("prefix", [*NO_PATHS, "/a\n", "/.", "/../a", "/a/./b", "/a/..", "/<a>"])
def test_a_prefix_that_is_not_a_path_is_an_error(settings: Settings, prefix: str) -> None:
    with pytest.raises(ValueError, match="url_prefix must be a path like /texts"):
        Parley(settings=settings).init_app(flask.Flask("host"), url_prefix=prefix)


def test_invalid_settings_and_flows_are_errors(
    environ: dict[str, str], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = flask.Flask("host")
    with pytest.raises(FlowError, match="There is no module nowhere"):
        Parley(app, flows=["nowhere"], settings=settings)
    for name, value in {**environ, "SESSION_SECRET": "", "FORWARD_TO": "me"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=r"(?s)SESSION_SECRET.*FORWARD_TO"):
        Parley(app)
    assert app.extensions == {}
