"""`parley connect`: a real server with HTTPS, and the stand-in for Twilio's REST API."""

import os
import pty
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.cli.conftest import InProcess, Run
from tests.rest.stand_in import (
    ACCOUNT,
    API,
    APPLICATION,
    NUMBER,
    NUMBER_SID,
    SERVICE,
    Said,
    StandIn,
    error,
    number,
    service,
)
from tests.server.relay import Relay
from tests.server.running import PARLEY, clean_environ

UPDATE = f"{API}/IncomingPhoneNumbers/{NUMBER_SID}.json"
DEMO = "https://demo.twilio.com/welcome/sms/reply"
Connect = Callable[..., Result]


def settings(relay: Relay, twilio_rest: StandIn, **changed: str) -> dict[str, str]:
    known = {"PUBLIC_URL": relay.url, "SSL_CERT_FILE": str(relay.bundle)}
    return {**twilio_rest.environ, **known, **changed}


@pytest.fixture
def connect(in_process: InProcess, deployment: Relay, twilio_rest: StandIn) -> Connect:
    def run(*arguments: str, **changed: str) -> Result:
        given = arguments or (NUMBER, "counter", "--yes")
        return in_process("connect", *given, **settings(deployment, twilio_rest, **changed))

    return run


def test_a_number_is_connected_and_shown_before_and_after(
    process: Run, deployment: Relay, twilio_rest: StandIn
) -> None:
    """In a separate process; the second run has nothing to change."""
    environ = settings(deployment, twilio_rest)
    ended = process("connect", NUMBER, "counter", "--yes", **environ)
    assert (ended.stderr, ended.returncode) == ("", 0)
    assert ended.stdout.splitlines() == [
        f"SmsUrl             {DEMO} -> {deployment.url}/sms/counter",
        "SmsMethod          POST, unchanged",
        f"SmsFallbackUrl     nothing -> {deployment.url}/sms/fallback",
        "SmsFallbackMethod  POST, unchanged",
        f"{NUMBER} is connected: its texts go to {deployment.url}/sms/counter",
    ]
    assert twilio_rest.posted(UPDATE) == [
        {
            "SmsUrl": f"{deployment.url}/sms/counter",
            "SmsMethod": "POST",
            "SmsFallbackUrl": f"{deployment.url}/sms/fallback",
            "SmsFallbackMethod": "POST",
        }
    ]
    again = process("connect", NUMBER, "counter", **environ)
    assert (again.stderr, again.returncode) == ("", 0)
    assert (
        again.stdout.splitlines()[0]
        == f"SmsUrl             {deployment.url}/sms/counter, unchanged"
    )
    assert again.stdout.splitlines()[-1].startswith(f"{NUMBER} was connected already: its texts")
    assert len(twilio_rest.posted(UPDATE)) == 1


def test_it_does_not_ask_if_no_webhook_is_overwritten(
    connect: Connect, twilio_rest: StandIn
) -> None:
    twilio_rest.numbers = [number(sms_url="", sms_method="GET", sms_fallback_method="GET")]
    ended = connect(NUMBER, "counter")
    assert ended.exit_code == 0, ended.output
    assert "SmsMethod          GET -> POST\n" in ended.stdout
    assert "is connected" in ended.stdout


def test_without_a_terminal_it_overwrites_only_with_yes(
    connect: Connect, twilio_rest: StandIn, deployment: Relay
) -> None:
    for urls in ({}, {"sms_url": f"{deployment.url}/sms/counter", "sms_fallback_url": DEMO}):
        twilio_rest.numbers = [number(**urls)]
        ended = connect(NUMBER, "counter")
        assert ended.exit_code == 1
        assert f"{DEMO} -> {deployment.url}/sms/" in ended.stdout
        assert "there is no terminal to ask at: nothing was changed; add --yes" in ended.stderr
    assert not twilio_rest.posted(UPDATE)


@pytest.mark.parametrize(
    ("typed", "changed"), [("y\n", True), ("n\n", False), ("\n", False), ("\x03", False)]
)
def test_in_a_terminal_it_asks_before_it_overwrites(
    deployment: Relay, twilio_rest: StandIn, tmp_path: Path, typed: str, *, changed: bool
) -> None:
    ours, theirs = pty.openpty()
    command = [PARLEY, "connect", NUMBER, "counter"]
    with subprocess.Popen(
        command,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=tmp_path,
        env=clean_environ(**settings(deployment, twilio_rest)),
        text=True,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        assert process.stdout
        said = ""
        while "[y/N]" not in said and (character := process.stdout.read(1)):
            said += character
        assert said.endswith("Overwrite it? [y/N]")
        assert not twilio_rest.posted(UPDATE)
        if typed == "\x03":
            os.close(ours)  # closing the window is not a yes
        else:
            os.write(ours, typed.encode())
        said += process.stdout.read()
        assert process.wait(20) == (0 if changed else 1), said
    if typed != "\x03":
        os.close(ours)
    assert len(twilio_rest.posted(UPDATE)) == int(changed)
    assert ("is connected" in said) is changed


def test_passwords_and_queries_are_not_shown(
    connect: Connect, twilio_rest: StandIn, deployment: Relay
) -> None:
    twilio_rest.numbers = [number(sms_url="https://u:hunter2@a.b/sms?token=hunter2")]
    ours = deployment.url.replace("://", "://user:hunter2@")
    ended = connect(PUBLIC_URL=ours)
    assert ended.exit_code == 0, ended.output
    assert f"https://a.b/sms?… -> {deployment.url}/sms/counter\n" in ended.stdout
    assert "hunter2" not in ended.output
    assert twilio_rest.posted(UPDATE)[0]["SmsUrl"] == f"{ours}/sms/counter"


def test_connection_overrides_are_kept(
    connect: Connect, twilio_rest: StandIn, deployment: Relay
) -> None:
    url, fallback = (f"{deployment.url}/sms/{name}" for name in ("counter", "fallback"))
    twilio_rest.numbers = [number(sms_url=f"{url}#rc=2", sms_fallback_url=fallback)]
    assert "was connected already" in connect(NUMBER, "counter").stdout
    assert connect(NUMBER, "message-number", "--yes").exit_code == 0
    assert twilio_rest.posted(UPDATE)[0]["SmsUrl"] == f"{deployment.url}/sms/message-number"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"PUBLIC_URL": "http://127.0.0.1:8000"}, "PUBLIC_URL must begin with https://"),
        ({"PUBLIC_URL": "https://a.b/?c"}, "PUBLIC_URL contains a query or a fragment"),
        ({"PUBLIC_URL": ""}, "PUBLIC_URL is not set"),
        ({"PUBLIC_URL": "https://localhost:1"}, "or correct the URL; nothing was changed."),
        ({"SSL_CERT_FILE": ""}, "PUBLIC_URL, certificate: its authority is unknown"),
        ({"TWILIO_ACCOUNT_SID": ""}, "TWILIO_ACCOUNT_SID is not set"),
    ],
)
def test_a_url_that_twilio_cannot_reach_is_rejected_before_any_request(
    connect: Connect, twilio_rest: StandIn, changed: dict[str, str], sentence: str
) -> None:
    ended = connect(**changed)
    assert ended.exit_code == 1
    assert sentence in ended.stderr
    assert not twilio_rest.asked


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((502, [("Content-Length", "0")], b""), "health: GET /healthz: it answers 502; the proxy"),
        ((404, [("Content-Length", "0")], b""), "correct the path of PUBLIC_URL"),
        ((401, [("WWW-Authenticate", "Basic")], b""), "a proxy asks for a password (401); let"),
        ((200, [("Content-Length", "99")], b"ok"), ": the body is cut off; see the"),
    ],
)
def test_an_unhealthy_server_is_not_connected(
    connect: Connect,
    twilio_rest: StandIn,
    deployment: Relay,
    answer: tuple[int, list[tuple[str, str]], bytes],
    sentence: str,
) -> None:
    deployment.back = lambda _: answer
    ended = connect()
    assert ended.exit_code == 1
    assert sentence in ended.stderr
    assert ended.stderr.endswith("; nothing was changed.\n")
    assert not twilio_rest.asked


@pytest.mark.parametrize("kept", [{"/healthz"}, {"/healthz", "/health"}], ids=len)
def test_a_platform_that_does_not_pass_on_the_health_paths_is_connected(
    connect: Connect, twilio_rest: StandIn, deployment: Relay, kept: set[str]
) -> None:
    """Such as Cloud Run: kkdai/linebot-file#5. The response to an unsigned text decides."""
    deployment.kept = frozenset(kept)
    ended = connect()
    assert ended.exit_code == 0, ended.output
    assert len(twilio_rest.posted(UPDATE)) == 1
    note = "Note: health: /healthz and /health return 404: some platforms reserve such paths"
    assert ended.stdout.startswith(note) is (len(kept) == 2)


def test_a_proxy_that_passes_on_only_the_health_path_is_not_connected(
    connect: Connect, twilio_rest: StandIn, deployment: Relay
) -> None:
    deployment.kept = frozenset({"/sms/counter"})
    ended = connect()
    assert ended.exit_code == 1
    assert "PUBLIC_URL, unsigned: an unsigned text: it answers 404 instead of 403" in ended.stderr
    assert not twilio_rest.asked


def test_a_number_may_be_given_by_its_sid(
    connect: Connect, twilio_rest: StandIn, deployment: Relay
) -> None:
    """As in Twilio's own guide."""
    ended = connect(NUMBER_SID, "counter", "--yes")
    assert ended.exit_code == 0, ended.output
    assert f"{NUMBER} is connected: its texts go to {deployment.url}/sms/counter" in ended.stdout
    assert len(twilio_rest.posted(UPDATE)) == 1
    another = "PN" + "0" * 32
    ended = connect(another, "counter", "--yes")
    assert ended.exit_code == 1
    assert f"This account has no number {another}: set TWILIO_ACCOUNT_SID to" in ended.stderr


@pytest.mark.parametrize("flow", [(), ("sms",), ("/sms",)])
def test_without_a_flow_the_shared_webhook_is_set(
    connect: Connect, twilio_rest: StandIn, deployment: Relay, flow: tuple[str, ...]
) -> None:
    ended = connect(NUMBER, *flow, "--yes")
    assert ended.exit_code == 0, ended.output
    assert f"{NUMBER} is connected: its texts go to {deployment.url}/sms\n" in ended.stdout
    assert twilio_rest.posted(UPDATE) == [
        {
            "SmsUrl": f"{deployment.url}/sms",
            "SmsMethod": "POST",
            "SmsFallbackUrl": f"{deployment.url}/sms/fallback",
            "SmsFallbackMethod": "POST",
        }
    ]
    assert "was connected already" in connect(NUMBER).stdout


SECOND, SECOND_SID = "+15559870003", "PN" + "f6" * 16


def test_several_numbers_are_connected_at_once(
    connect: Connect, twilio_rest: StandIn, deployment: Relay
) -> None:
    twilio_rest.numbers = [number(), number(sid=SECOND_SID, phone_number=SECOND)]
    ended = connect(NUMBER, SECOND_SID, "counter", "--yes")
    assert ended.exit_code == 0, ended.output
    for each in (NUMBER, SECOND):
        assert f"\n{each}:\n" in f"\n{ended.stdout}"
        assert f"{each} is connected: its texts go to {deployment.url}/sms/counter" in ended.stdout
    assert {each["sms_url"] for each in twilio_rest.numbers} == {f"{deployment.url}/sms/counter"}


def test_with_one_wrong_number_nothing_is_changed(connect: Connect, twilio_rest: StandIn) -> None:
    ended = connect(NUMBER, SECOND, "--yes")
    assert ended.exit_code == 1
    assert f"This account has no number {SECOND}" in ended.stderr
    assert not twilio_rest.posted(UPDATE)


def test_a_change_without_effect_does_not_stop_the_others(
    connect: Connect, twilio_rest: StandIn
) -> None:
    overridden = number(sms_application_sid=APPLICATION)
    twilio_rest.numbers = [overridden, number(sid=SECOND_SID, phone_number=SECOND)]
    ended = connect(NUMBER, SECOND, "--yes")
    assert ended.exit_code == 1
    assert f"without effect: the application {APPLICATION}" in ended.stderr
    assert f"{SECOND} is connected" in ended.stdout


def test_a_messaging_service_is_connected_for_all_its_numbers(
    connect: Connect, twilio_rest: StandIn, deployment: Relay
) -> None:
    twilio_rest.services = [service(inbound_request_url=DEMO, use_inbound_webhook_on_number=True)]
    ended = connect(SERVICE)
    assert ended.exit_code == 1
    assert "there is no terminal to ask at" in ended.stderr
    ended = connect(SERVICE, "--yes")
    assert ended.exit_code == 0, ended.output
    assert ended.stdout.splitlines() == [
        f"InboundRequestUrl  {DEMO} -> {deployment.url}/sms",
        "InboundMethod      POST, unchanged",
        f"FallbackUrl        nothing -> {deployment.url}/sms/fallback",
        "FallbackMethod     POST, unchanged",
        "UseInboundWebhookOnNumber true -> false",
        f"{SERVICE} is connected: its texts go to {deployment.url}/sms",
    ]
    assert twilio_rest.posted(f"/v1/Services/{SERVICE}") == [
        {
            "InboundRequestUrl": f"{deployment.url}/sms",
            "InboundMethod": "POST",
            "FallbackUrl": f"{deployment.url}/sms/fallback",
            "FallbackMethod": "POST",
            "UseInboundWebhookOnNumber": "false",
        }
    ]
    assert "was connected already" in connect(SERVICE).stdout
    twilio_rest.members = {(SERVICE, NUMBER_SID)}
    assert connect(NUMBER, "--yes").exit_code == 0, "the service must call the same URL"


def test_an_unknown_service_is_reported(connect: Connect) -> None:
    ended = connect(SERVICE)
    assert ended.exit_code == 1
    assert (
        f"This account has no Messaging Service {SERVICE}: set TWILIO_ACCOUNT_SID" in ended.stderr
    )


def test_a_certificate_that_expires_soon_is_reported(connect: Connect, deployment: Relay) -> None:
    deployment.certified("localhost", days=3)
    ended = connect()
    assert ended.stdout.startswith("Note: certificate: valid for localhost, but for 3 more days")
    assert ended.exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((NUMBER, "nope"), "There is no flow nope: `parley flows` lists them."),
        ((NUMBER, "fallback"), "There is no flow fallback"),
        (
            ("5559870002", "counter"),
            "is not a number: write it in full, like +15551230000, or its SID",
        ),
        (("whatsapp:+15559870002", "counter"), "is not a number"),
        (("PN0123", "counter"), "is not a number"),
        (("AC" + "0" * 32, "counter"), "is not a number"),
        (("--yes",), "Missing argument 'NUMBER... [FLOW]'"),
        (("counter",), "There is no number"),
        (("/sms",), "There is no number"),
        (("5559870002",), "5559870002 is not a number"),
        ((NUMBER, "+1555"), "+1555 is not a number"),
        ((NUMBER, "MG0123", "counter"), "MG0123 is not a number"),
    ],
)
def test_an_invalid_argument_sends_no_request(
    connect: Connect,
    twilio_rest: StandIn,
    deployment: Relay,
    arguments: tuple[str, ...],
    sentence: str,
) -> None:
    ended = connect(*arguments)
    assert ended.exit_code == 2
    assert sentence in ended.stderr
    assert not twilio_rest.asked
    assert not deployment.asked


def test_a_number_of_another_account_is_not_found(connect: Connect, twilio_rest: StandIn) -> None:
    """Twilio's filter also finds numbers that only contain this one."""
    twilio_rest.numbers = [number(phone_number=f"{NUMBER}3")]
    ended = connect()
    assert ended.exit_code == 1
    assert f"This account has no number {NUMBER}: set TWILIO_ACCOUNT_SID to" in ended.stderr
    assert [each.method for each in twilio_rest.asked] == ["GET"]


def test_settings_that_override_the_webhook_are_reported(
    connect: Connect, twilio_rest: StandIn
) -> None:
    twilio_rest.numbers = [number(sms_application_sid=APPLICATION)]
    ended = connect()
    assert ended.exit_code == 1
    assert (
        f"The webhook is set, but without effect: the application {APPLICATION} decides where"
        in ended.stderr
    )
    twilio_rest.numbers, twilio_rest.services = [number()], [service()]
    twilio_rest.members = {(SERVICE, NUMBER_SID)}
    ended = connect()
    assert ended.exit_code == 1
    assert f"without effect: the Messaging Service {SERVICE} decides where" in ended.stderr
    twilio_rest.members = set()
    assert connect().exit_code == 0


def test_a_key_without_access_to_services_is_reported(
    connect: Connect, twilio_rest: StandIn
) -> None:
    forbidden = error(403, 70051, "Authorization Failed")
    twilio_rest.instead = lambda asked: forbidden if "Services" in asked.path else None
    ended = connect()
    assert ended.exit_code == 0
    assert "Note: whether a Messaging Service overrides the number's webhook is not" in ended.stdout
    assert "is connected" in ended.stdout


@pytest.mark.parametrize(
    ("method", "answer", "sentence"),
    [
        ("GET", error(401, 20003, "Authenticate"), "20003 Twilio does not accept these credent"),
        ("GET", (503, {}), "Twilio failed with status 503: nothing was changed; try again."),
        ("GET", b"", "No response came back (RemoteDisconnected): nothing was"),
        ("POST", error(400, 21402, "SmsUrl is not valid"), "21402 Twilio does not accept the URL"),
        ("POST", error(400, 12345, "Odd."), "12345 Odd: see https://www.twilio.com/docs/errors/1"),
        ("POST", (404, {}), "status 404): look at the Twilio Console"),
        ("POST", b"", "it may have been changed; run the command again to see"),
        ("POST", (200, number()), "Twilio has set a different value: check it in the Console"),
        ("POST", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", "is not Twilio's"),
    ],
)
def test_twilios_errors_are_reported(
    connect: Connect, twilio_rest: StandIn, method: str, answer: Said | bytes, sentence: str
) -> None:
    twilio_rest.instead = lambda asked: answer if asked.method == method else None
    ended = connect()
    assert ended.exit_code == 1
    assert sentence in ended.stderr
    assert ACCOUNT not in ended.output
    assert isinstance(ended.exception, SystemExit), "a traceback was printed"
