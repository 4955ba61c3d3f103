"""Data that no log may contain: numbers, texts, signatures, cookies, tokens and secrets."""

import io
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

import parley
from parley.conversation import Outgoing, Reply, Session
from parley.probe.client import Deployment
from parley.response import Response
from parley.rest.client import Credentials
from parley.rest.messages import Text
from parley.rest.numbers import Webhook
from parley.sessions import ConversationKey, SessionCookie
from parley.settings import Settings
from parley.testing import Clock
from parley.twilio.inbound import read
from parley.twilio.signature import Received, Verifier
from parley.twilio.twiml import render
from tests.webhook import PUBLIC_URL, Twilio, message, signature

ALICE, APP, OWNER = "+15557654321", "+15551234567", "+15559876543"
BODY = "my-recognisable words"
TOKEN = "recognisable-auth-token"
SHARED_KEY = "recognisable-shared-key"
SECRET = "recognisable-session-secret-of-32-characters"
PICTURE = "https://api.twilio.com/recognisable-picture"
PASSWORD = "recognisable-password"
METRICS_TOKEN = "recognisable-token-of-the-metrics"
API_SECRET = "recognisable-api-secret"
SECRETS = [
    API_SECRET,
    ALICE,
    APP,
    OWNER,
    "5557654321",
    "5551234567",
    BODY,
    TOKEN,
    SHARED_KEY,
    SECRET,
    PICTURE,
    PASSWORD,
    METRICS_TOKEN,
    METRICS_TOKEN[1:],
]

RAISES = "def raises(message, session): raise ValueError(message.from_ + message.body)"
NESTED = """
def nested(message, session):
    try:
        session[message.body]
    except KeyError as error:
        raise RuntimeError(message.from_) from error
"""
TOO_LARGE = """
from parley.conversation import Reply
def too_large(message, session): return Reply('x', session=session.remember(a=message.body * 999))
"""
ASKS = """
from parley.conversation import Script, script
@script
def asks() -> Script:
    said = yield "What?"
    raise ValueError(said)
"""
NO_REPLY = "def no_reply(message, session): return message.body"
NO_JSON = "def no_json(message, session): return session.remember(a={message.body})"
TALKS = """
import logging
from parley.conversation import Reply
def talks(message, session):
    logging.getLogger(__name__).warning("a customer said %s", message.body)
    return Reply("hi")
"""


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    return {
        **environ,
        "PUBLIC_URL": f"https://user:{PASSWORD}@sms.example.com",
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_WEBHOOK_SHARED_KEY": SHARED_KEY,
        "SESSION_SECRET": SECRET,
        "METRICS_TOKEN": METRICS_TOKEN,
        "TWILIO_API_KEY": f"SK{'0' * 32}",
        "TWILIO_API_SECRET": API_SECRET,
        "FORWARD_TO": OWNER,
        "MMS_SOURCE_URL": f"http://user:{PASSWORD}@127.0.0.1:1/",
    }


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that any logger writes at any level, with tracebacks, during a test."""
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield said
    root.removeHandler(handler)
    root.setLevel(level)


def leaks(text: str, *more: str) -> list[str]:
    return [secret for secret in [*SECRETS, *more] if secret in text]


class Sender(Twilio):
    """Signs with the token and the URL of this module's settings."""

    def post(self, path: str, form: dict[str, Any], **headers: str) -> Any:
        url = f"https://user:{PASSWORD}@sms.example.com{path}"
        headers = {"X-Request-ID": f"text-of-{ALICE[1:]}-to-{APP[1:]}", **headers}
        return super().post(
            path, form, **{"X-Twilio-Signature": signature(url, form, TOKEN), **headers}
        )


def refused_for_a_mistake(sender: Sender, form: dict[str, Any]) -> list[Any]:
    """Send requests whose signature matches another URL, form or token, which diagnosis finds."""
    url, wrong = f"https://user:{PASSWORD}@sms.example.com/sms/", "recognisable.example"
    target = f"{ALICE}?Body={BODY}"
    signatures = [
        signature(url.replace("https", "http") + "counter", form, TOKEN),
        signature(url.replace(f"user:{PASSWORD}@", "") + "counter", form, TOKEN),
        signature(url + "counter/", form, TOKEN),
        signature(url + "counter", {**form, "ToCity": "", "Body": f"{BODY} "}, TOKEN),
        signature(url + "counter", form, SHARED_KEY),
        signature(f"https://{wrong}/sms/counter", form, TOKEN),
        signature(url + target, form, TOKEN),
    ]
    host = {"Host": wrong}
    return [
        *(
            sender.post("/sms/counter", form, **{"X-Twilio-Signature": s}, **host)
            for s in signatures
        ),
        sender.post(f"/sms/{target}&a", form, **{"X-Twilio-Signature": signatures[-1]}),
    ]


def everything_that_can_happen(sender: Sender, clock: Clock) -> tuple[set[int], list[str]]:
    """Use every route and outcome; return the statuses, and the sent cookies and signatures."""
    seen = []
    form = message(BODY, from_=ALICE, to=APP, MediaUrl0=PICTURE, NumMedia="1", ProfileName=BODY)
    flows = (
        "counter",
        "reset-after-five",
        "raises",
        "nested",
        "too-large",
        "no-reply",
        "no-json",
        "asks",
        "forward",
        "mms-reply",
    )
    for flow in (*flows, "nope"):
        for _ in range(8):
            response = sender.post(f"/sms/{flow}", form, Cookie=sender.cookie)
            sender.cookie = response.headers.get("Set-Cookie", "").partition(";")[0]
            seen.append(response)
        sender.cookie = ""
    for again in ("hi", BODY):
        response = sender.post(
            "/sms/asks", {**form, **message(again, from_=ALICE, to=APP)}, Cookie=sender.cookie
        )
        sender.cookie = response.headers.get("Set-Cookie", "").partition(";")[0]
        seen.append(response)
    good = sender.post("/sms/counter", form).headers["Set-Cookie"].partition(";")[0]
    cookies = [good[:-1], good[:-9] + "A" * 9, good.replace(".", f".{BODY}", 1), f"parley={ALICE}"]
    seen += [sender.post("/sms/counter", form, Cookie=cookie) for cookie in cookies]
    seen += [sender.post("/sms/message-number", form, Cookie=good)]
    clock.later(14_400)
    seen += [sender.post("/sms/counter", form, Cookie=good)]
    seen += [sender.post("/sms/counter", {**form, "To": ""})]
    failed = {"ErrorCode": BODY, "ErrorUrl": f"https://user:{PASSWORD}@a.b/{ALICE}?{BODY}"}
    seen += [sender.post("/sms/fallback", {**form, **failed})]
    seen += [sender.post("/sms/counter", {**form, "Body": "STOP"})]
    seen += [sender.post("/sms/counter", {**form, "MessageSid": ALICE})]
    wrong = {"X-Twilio-Signature": "recognisable-signature=====", "Cookie": good}
    seen += refused_for_a_mistake(sender, form)
    settings = {"X-Twilio-Webhooks-Signature-Settings": f"key={SHARED_KEY},algorithm={BODY}"}
    token = {"Authorization": f"Bearer {METRICS_TOKEN[1:]}", "X-Request-ID": f"{BODY}{ALICE}"}
    for more in ({}, wrong, settings, token, {"X-Header": "x" * 16_000 + BODY}):
        for method in ("GET", "POST", "PUT", BODY.partition(" ")[0]):
            for path in (
                "/sms/counter",
                f"/sms/{ALICE}",
                f"/{BODY}",
                "/healthz",
                "/metrics",
                "/" + ALICE * 999,
            ):
                target = f"{path}?From={ALICE}&Body={BODY}"
                raw = {"RAW_URI": target}
                ask = sender.client.open
                seen += [ask(target, method=method, headers=more, environ_overrides=raw)]
                seen += [ask(path, method=method, headers=more, data=form)]
                seen += [ask(path, method=method, headers=more, json=form)]
    seen += [sender.client.post("/sms/counter", data={"a": BODY * 99_999})]
    sealed = [
        each.headers.get("Set-Cookie", "").partition(".")[2].partition(";")[0] for each in seen
    ]
    answers = "".join(each.text for each in seen if each.status_code != 200)
    assert not leaks(answers), "an error page contains data of the request"
    return {each.status_code for each in seen}, [*filter(None, sealed), good, *wrong.values()]


@pytest.mark.parametrize("explain", ["0", "1"])
@pytest.mark.parametrize("log_format", ["text", "json"])
def test_no_log_contains_personal_data_or_a_secret(
    make_app: Callable[..., Flask],
    guest_flow: Callable[[str, str], None],
    log: io.StringIO,
    clock: Clock,
    log_format: str,
    explain: str,
) -> None:
    for source in (RAISES, NESTED, TOO_LARGE, NO_REPLY, NO_JSON, ASKS):
        guest_flow(source.rpartition("def ")[2].partition("(")[0], source)
    app = make_app(LOG_FORMAT=log_format, EXPLAIN_REFUSALS=explain)
    sender = Sender(app.test_client(use_cookies=False), from_=ALICE, to=APP)
    statuses, sent = everything_that_can_happen(sender, clock)
    assert statuses == {200, 400, 403, 404, 405, 413, 414, 431, 500}
    said = log.getvalue()
    for outcome in ("new", "continued", "forgotten", "expired", "forged", "foreign", "unreadable"):
        assert f"memory={outcome}" in said
    assert "from=+1555…21 to=+1555…67" in said
    assert "the flow no-reply returned str, not a Reply" in said, (
        "messages of Parley's errors are logged"
    )
    assert "/asks.py, line 6: the script asks raised ValueError\n" in said.replace("\\n", "\n")
    assert "ValueError: (its words are not logged" in said
    assert "request=odd" in said
    assert leaks(said, *sent) == []
    authorized = {"Authorization": f"Bearer {METRICS_TOKEN}"}
    page = sender.client.get(
        "/metrics", headers=authorized, environ_overrides={"RAW_URI": "/metrics"}
    )
    assert page.text.startswith("# HELP parley_")
    assert leaks(page.text + log.getvalue(), *sent) == []
    for cause in ("scheme", "password", "slash", "trimmed values", "shared key"):
        assert (f'{cause}" next=' in said or f"cause={cause} " in said) is (explain == "1"), cause


def test_the_privacy_test_can_fail(
    make_app: Callable[..., Flask], guest_flow: Callable[[str, str], None], log: io.StringIO
) -> None:
    guest_flow("talks", TALKS)
    sender = Sender(make_app().test_client(use_cookies=False))
    assert sender.post("/sms/talks", message(BODY)).status_code == 200
    assert leaks(log.getvalue()) == [BODY]


WATCHERS = {"web/simulator.py", "simulator/in_process.py"}


def test_only_development_and_tests_show_complete_errors() -> None:
    engine = Path(parley.__file__).parent
    sets = {
        str(file.relative_to(engine))
        for file in engine.rglob("*.py")
        if "watching.set(" in file.read_text()
    }
    assert sets == WATCHERS


def test_no_request_makes_production_show_the_text_of_an_error(
    make_app: Callable[..., Flask], guest_flow: Callable[[str, str], None], log: io.StringIO
) -> None:
    """The simulator is not loaded, and its paths and parameters have no effect."""
    guest_flow("raises", RAISES)
    app = make_app()
    sender = Sender(app.test_client(use_cookies=False), from_=ALICE, to=APP)
    form = message(BODY, from_=ALICE, to=APP, PARLEY_MODE="development", watching="1")
    headers = {"X-Parley-Mode": "development", "PARLEY-MODE": "development", "Host": "127.0.0.1"}
    answers = [sender.post("/sms/raises", form, **headers)]
    for path in ("/phone/", "/phone/state", "/phone/server", "/phone/text"):
        answers += [sender.client.get(path), sender.client.post(path, json=form)]
    assert "parley_simulator" not in app.extensions
    assert {each.status_code for each in answers} == {403, 500}
    said = "".join(each.text for each in answers)
    assert "ValueError: (its words are not logged" in log.getvalue()
    assert leaks(said + log.getvalue()) == []
    assert "raises.py" not in said


def test_no_repr_contains_personal_data_or_a_secret(environ: dict[str, str]) -> None:
    settings = Settings.load(environ)
    form = message(BODY, from_=ALICE, to=APP, MediaUrl0=PICTURE)
    outgoing = Outgoing(BODY, to=ALICE, media_urls=(PICTURE,), status_callback=PICTURE)
    session = Session({"said": BODY})
    shown = repr(
        [
            settings,
            settings.twilio_account,
            Credentials("", "", API_SECRET),
            Text(BODY, (PICTURE,), APP),
            Webhook(f"https://user:{PASSWORD}@a.b", ""),
            Deployment(f"https://user:{PASSWORD}@a.b", "counter", TOKEN, ALICE, APP),
            Verifier(PUBLIC_URL, settings.auth_tokens, settings.shared_keys),
            SessionCookie(settings.session_secrets),
            Received(b"/?From=" + ALICE.encode(), "", BODY.encode(), TOKEN, SHARED_KEY),
            ConversationKey("counter", ALICE, APP),
            read(form),
            read(form).media,
            outgoing,
            session,
            Reply(outgoing, BODY, session=session),
            render(Reply(outgoing, BODY)),
            Response(200, "text/xml", BODY.encode(), (("Set-Cookie", TOKEN),)),
        ]
    )
    assert leaks(shown) == []
