"""`parley check`, against a real server behind a proxy with HTTPS that causes errors."""

import re
import time
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path

import pytest
import trustme

from tests.cli.conftest import InProcess, Run
from tests.rest.stand_in import (
    ACCOUNT,
    APPLICATION,
    KEY,
    KEY_SECRET,
    NUMBER,
    NUMBER_SID,
    SERVICE,
    StandIn,
    error,
    number,
    service,
)
from tests.server.relay import Answer, Headers, Relay, without
from tests.server.running import ROOT, free_port
from tests.webhook import TOKEN

POINTS = ["reachable", "certificate", "health", "clock", "unsigned", "signed", "cookie", "memory"]
POINTS += ["webhook"]
Check = Callable[..., dict[str, str]]
GUIDE = (ROOT / "docs/connect.md").read_text()


def settings(relay: Relay, **changed: str) -> dict[str, str]:
    known = {"PUBLIC_URL": relay.url, "TWILIO_AUTH_TOKEN": TOKEN}
    return {**known, "SSL_CERT_FILE": str(relay.bundle), **changed}


@pytest.fixture
def check(in_process: InProcess, deployment: Relay) -> Check:
    """Run a check, and return its lines by check; tests that they match the exit status."""

    def run(*arguments: str, **changed: str) -> dict[str, str]:
        ended = in_process("check", *arguments, **settings(deployment, **changed))
        lines = {}
        for line in ended.output.splitlines():
            mark, about, words = line.replace(":", "", 1).split(maxsplit=2)
            lines[about] = f"{mark} {words}"
        assert list(lines) == POINTS, ended.output
        bad = any(line.startswith("no ") for line in lines.values())
        assert ended.exit_code == (1 if bad else 0)
        return lines

    return run


def marks(lines: dict[str, str]) -> str:
    return " ".join(line[:2] for line in lines.values())


def test_a_correct_deployment_passes_every_check(
    process: Run, deployment: Relay, twilio_rest: StandIn
) -> None:
    """In a separate process, and with the number's webhook."""
    twilio_rest.numbers = [number(sms_url=f"{deployment.url}/sms/counter#rc=2")]
    ended = process("check", "--number", NUMBER, **{**twilio_rest.environ, **settings(deployment)})
    lines = ended.stdout.splitlines()
    assert [line[:3] for line in lines] == ["ok "] * 9, ended.stdout
    assert [line[4:].partition(":")[0] for line in lines] == POINTS
    assert lines[0] == f"ok  reachable: localhost accepts connections on port {deployment.port}"
    assert lines[1] == "ok  certificate: valid for localhost, for 90 more days"
    assert lines[6] == "ok  cookie: given, Secure, HttpOnly, Path=/ and Max-Age=14400"
    assert lines[8] == f"ok  webhook: {NUMBER} points to {deployment.url}/sms/counter#rc=2"
    assert (ended.stderr, ended.returncode) == ("", 0)
    shown = GUIDE.partition("```text\nok  reachable")[2].partition("```")[0]
    assert alike(ended.stdout) == alike(f"ok  reachable{shown}"), "the guide shows another output"


def alike(lines: str) -> str:
    """Remove the parts that differ between deployments."""
    varying = r"localhost(:\d+)?|sms\.example\.com|#rc=2|\d[\d,]*( seconds?)?"
    return re.sub(varying, lambda found: "" if found[0] == "#rc=2" else "…", lines)


def test_it_sends_two_signed_texts_and_an_unsigned_one(check: Check, deployment: Relay) -> None:
    assert marks(check()) == "ok ok ok ok ok ok ok ok --"
    asked = [(method, path) for method, path, _ in deployment.asked]
    assert asked == [("GET", "/healthz")] + [("POST", "/sms/counter")] * 3
    heads = [dict(headers) for _, _, headers in deployment.asked]
    assert ["X-Twilio-Signature" in head for head in heads] == [False, False, True, True]
    assert ["Cookie" in head for head in heads] == [False, False, False, True]


def test_another_flow_and_the_url_of_its_webhook(check: Check, deployment: Relay) -> None:
    lines = check("--flow", "message-number", "--url", f"{deployment.url}/sms/message-number")
    assert marks(lines) == "ok ok ok ok ok ok ok ok --"
    lines = check("--flow", "static-reply")
    assert lines["cookie"].startswith("-- none came: right if static-reply has no session")
    assert lines["memory"] == "-- not tried, because of cookie"
    assert check("--flow", "nope")["signed"].startswith(
        "no a signed text: it answers 404; there is"
    )
    assert check("--flow", "forward")["signed"].startswith(
        "no a signed text: it answers 503; a set"
    )


def test_two_equal_replies_do_not_prove_that_the_cookie_works(
    check: Check, deployment: Relay
) -> None:
    deployment.forward = lambda headers: without(headers, "cookie")
    lines = check("--flow", "message-number")
    assert lines["memory"].startswith("-- message-number answers alike with and without it")


@pytest.mark.parametrize(
    ("spoilt", "words"),
    [
        (lambda relay: relay.certified("localhost", days=-2), "it has expired: renew it"),
        (lambda relay: relay.certified("localhost", days=400), "it is not valid yet"),
        (
            lambda relay: relay.certified("sms.example.com"),
            "for another host: get one for loc",
        ),
        (
            lambda relay: relay.certified("127.0.0.1"),
            "for another host: get one for localhost",
        ),
        (
            lambda relay: relay.certified("localhost", authority=trustme.CA()),
            "its authority is unknown, or an intermediate certificate is missing",
        ),
        (lambda relay: setattr(relay, "certificate", None), "the port does not speak TLS"),
    ],
    ids=["expired", "not yet", "another host", "only an address", "untrusted", "plain http"],
)
def test_an_invalid_certificate_ends_the_check(
    check: Check, deployment: Relay, spoilt: Callable[[Relay], None], words: str
) -> None:
    spoilt(deployment)
    lines = check()
    assert marks(lines) == "ok no -- -- -- -- -- -- --"
    assert words in lines["certificate"]
    assert lines["memory"] == "-- not tried, because of certificate"
    assert not any(path.startswith("/sms") for _, path, _ in deployment.asked)


@pytest.mark.parametrize(("days", "mark"), [(13, "no"), (14, "ok")])
def test_a_certificate_that_expires_soon_is_reported(
    check: Check, deployment: Relay, days: int, mark: str
) -> None:
    deployment.certified("localhost", days=days)
    lines = check()
    assert marks(lines) == f"ok {mark} ok ok ok ok ok ok --"
    assert f"for {days} more days" in lines["certificate"]
    assert ("renew it" in lines["certificate"]) is (mark == "no")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://127.0.0.1:1", "(Connection refused): start the server, or correct the URL"),
        ("https://[fe80::1%25nowhere]", "the name fe80::1%25nowhere has no address"),
        ("https://a..b", "the name a..b has no address"),
        ("http://localhost", "the URL is not https://"),
        ("https://[::1", "begins with https://"),
    ],
)
def test_an_unreachable_server_ends_the_check(in_process: InProcess, url: str, words: str) -> None:
    ended = in_process("check", "--url", url, TWILIO_AUTH_TOKEN=TOKEN)
    assert ended.exit_code == 1
    assert words in ended.output
    assert ended.output.count("not tried, because of reachable") in (0, 7)


def test_a_proxy_without_a_server(check: Check, deployment: Relay) -> None:
    behind, deployment.behind = deployment.behind, free_port()
    lines = check()
    deployment.behind = behind
    assert marks(lines) == "ok ok no -- no no -- -- --"
    assert lines["health"] == (
        "no GET /healthz: it answers 502; the proxy cannot reach the server: start it"
    )
    assert lines["signed"].startswith("no a signed text: it answers 502")
    assert lines["cookie"] == "-- not tried, because of signed"


def moved(_: Answer) -> Answer:
    return 301, [("Location", "https://other.example/sms?secret=x"), ("Content-Length", "0")], b""


def test_a_redirect_is_not_followed(check: Check, deployment: Relay) -> None:
    deployment.back = moved
    lines = check()
    words = "it redirects with 301 to https://other.example/sms; set PUBLIC_URL to the final URL"
    assert words in lines["health"]
    assert "an unsigned text: it redirects" in lines["unsigned"]
    assert lines["signed"].startswith("no a signed text: it redirects with 301")
    assert "secret" not in str(lines)


@pytest.mark.parametrize("url", ["https://u:secret@a.b/", "https://a.b/" + "secret" * 99])
def test_the_url_of_an_odd_redirect_is_not_shown(check: Check, deployment: Relay, url: str) -> None:
    deployment.back = lambda _: (302, [("Location", url)], b"")
    assert "it redirects with 302 to another URL; set" in check()["health"]


def test_a_platform_that_does_not_pass_on_healthz(check: Check, deployment: Relay) -> None:
    """Some hosts, such as Cloud Run, do not pass on /healthz: kkdai/linebot-file#5."""
    deployment.kept = frozenset({"/healthz"})
    lines = check()
    assert marks(lines) == "ok ok ok ok ok ok ok ok --"
    assert lines["health"] == "ok GET /health returns ok"


def test_without_the_health_paths_the_texts_decide(check: Check, deployment: Relay) -> None:
    deployment.kept = frozenset({"/healthz", "/health"})
    lines = check()
    assert marks(lines) == "ok ok -- -- ok ok ok ok --"
    assert "some platforms reserve such paths; if a text is answered" in lines["health"]


def test_a_platform_that_requires_a_login(check: Check, deployment: Relay) -> None:
    page = [("Content-Type", "text/html"), ("Content-Length", "0")]
    deployment.back = lambda _: (403, page, b"")
    assert "a proxy or the platform rejects it with 403, not Parley" in check()["unsigned"]


def test_a_health_check_of_another_application(check: Check, deployment: Relay) -> None:
    deployment.back = lambda _: (200, [("Content-Length", "5")], b"Hello")
    lines = check()
    assert lines["health"].startswith("no GET /healthz does not return ok: correct PUBLIC_URL")
    assert lines["clock"] == "-- the response has no Date that could be compared"
    assert lines["unsigned"].startswith("no an unsigned text is answered: this is not Parley")
    assert lines["signed"].startswith(
        "no a signed text is answered wrongly: 12300 the content type"
    )


def test_the_password_in_the_url_is_sent_to_the_proxy(check: Check, deployment: Relay) -> None:
    url = deployment.url.replace("https://", "https://user:hunter2%21@")
    lines = check("--url", url)
    assert marks(lines) == "ok ok ok ok ok no -- -- --", "the server has another PUBLIC_URL"
    assert dict(deployment.asked[0][2])["Authorization"] == "Basic dXNlcjpodW50ZXIyIQ=="
    assert "hunter2" not in str(lines)


def test_the_check_names_a_wrong_token(check: Check) -> None:
    lines = check(TWILIO_AUTH_TOKEN=f"{TOKEN}x,{TOKEN}")
    assert marks(lines) == "ok ok ok ok ok no -- -- --"
    assert (
        "TWILIO_AUTH_TOKEN, PUBLIC_URL or TWILIO_ALLOWED_ACCOUNTS is different" in lines["signed"]
    )
    assert marks(check(TWILIO_AUTH_TOKEN=f"{TOKEN},older")) == "ok ok ok ok ok ok ok ok --"


def test_without_a_token_the_other_checks_run(check: Check) -> None:
    lines = check(TWILIO_AUTH_TOKEN="")
    assert marks(lines) == "ok ok ok ok ok no -- -- --"
    assert lines["signed"] == "no not tried: set TWILIO_AUTH_TOKEN here, to sign one with"


def test_a_proxy_that_drops_the_signature(check: Check, deployment: Relay) -> None:
    deployment.forward = lambda headers: without(headers, "x-twilio-signature")
    lines = check()
    assert marks(lines) == "ok ok ok ok ok no -- -- --"
    assert "or a proxy drops X-Twilio-Signature" in lines["signed"]


def test_a_proxy_that_drops_the_cookie_of_the_response(check: Check, deployment: Relay) -> None:
    deployment.forward = lambda headers: without(headers, "cookie")
    lines = check()
    assert marks(lines) == "ok ok ok ok ok ok ok no --"
    assert "let the proxy pass Cookie on, and give all servers the same" in lines["memory"]


def test_a_proxy_that_breaks_the_second_text(check: Check, deployment: Relay) -> None:
    def only_new(headers: Headers) -> Headers:
        return without(headers, "x-twilio-signature") if "Cookie" in dict(headers) else headers

    deployment.forward = only_new
    assert check()["memory"] == "no the text with it: it answers 403; see the log"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (None, "no none came: let the proxy pass Set-Cookie on"),
        ("HttpOnly; Max-Age=60", "no it came without the right Secure, Path=/: let"),
        ("Path=/a; HttpOnly; Secure", "no it came without the right Path=/, Max-Age: let"),
        ("Path=/; Secure; Max-Age=14401", "no it came without the right HttpOnly, Max-Age: let"),
        ("Path=/; HttpOnly; Secure; Max-Age=x", "no it came without the right Max-Age: let"),
    ],
)
def test_a_proxy_that_changes_the_cookie(
    check: Check, deployment: Relay, wrong: str | None, words: str
) -> None:
    def changed(answer: Answer) -> Answer:
        status, headers, content = answer
        set_cookie = dict(headers).get("Set-Cookie", "").partition(";")[0]
        spoilt = [("Set-Cookie", f"{set_cookie}; {wrong}")] if wrong and set_cookie else []
        return status, without(headers, "set-cookie") + spoilt, content

    deployment.back = changed
    lines = check()
    assert lines["cookie"].startswith(words)
    assert lines["memory"] == (
        "ok the cookie is accepted back" if wrong else "-- not tried, because of cookie"
    )


def test_a_second_cookie_is_attributed_to_a_proxy(check: Check, deployment: Relay) -> None:
    def added(answer: Answer) -> Answer:
        status, headers, content = answer
        more = [("Set-Cookie", "lb=1")] if "Set-Cookie" in dict(headers) else []
        return status, headers + more, content

    deployment.back = added
    assert check()["cookie"] == "no 2 came: let the proxy add none of its own"


@pytest.mark.parametrize(("off", "way"), [(60, "ahead of"), (-60, "behind")])
def test_a_wrong_clock_is_reported(check: Check, deployment: Relay, off: int, way: str) -> None:
    def skewed(answer: Answer) -> Answer:
        status, headers, content = answer
        date = ("Date", formatdate(time.time() + off, usegmt=True))
        return status, [*without(headers, "date"), date], content

    deployment.back = skewed
    lines = check()
    assert marks(lines) == "ok ok ok no ok ok ok ok --"
    seconds = int(lines["clock"].split("server's is ")[1].split()[0])
    assert 50 <= seconds <= 60
    assert f"seconds or more {way} this machine's, 5 are tolerated: set both by NTP" in str(lines)


NUMBERS = {"TWILIO_API_KEY": KEY, "TWILIO_API_SECRET": KEY_SECRET}


@pytest.fixture
def webhook(check: Check, twilio_rest: StandIn) -> Callable[..., str]:
    """Return the last line of a check that uses the account with an API key."""

    def run(**changed: str) -> str:
        environ = {**twilio_rest.environ, **NUMBERS, "TWILIO_AUTH_TOKEN": TOKEN, **changed}
        return check("--number", NUMBER, **environ)["webhook"]

    return run


def test_a_number_with_another_webhook_is_reported(
    webhook: Callable[..., str], twilio_rest: StandIn, deployment: Relay
) -> None:
    for url in ("https://u:hunter2@other.example/sms/counter?key=hunter2", "", "/sms"):
        twilio_rest.numbers = [number(sms_url=url)]
        line = webhook()
        assert line.startswith(f"no {NUMBER} points to ")
        assert line.endswith(f"`parley connect {NUMBER}` sets it")
        assert "hunter2" not in line
    twilio_rest.numbers = [number(sms_url=f"{deployment.url}/sms/message-number")]
    assert webhook() == f"ok {NUMBER} points to {deployment.url}/sms/message-number"
    twilio_rest.numbers = [number(sms_url=f"{deployment.url}/sms")]
    assert webhook() == f"ok {NUMBER} points to {deployment.url}/sms"


def test_a_number_may_be_given_by_its_sid(
    check: Check, twilio_rest: StandIn, deployment: Relay
) -> None:
    twilio_rest.numbers = [number(sms_url=f"{deployment.url}/sms/counter")]
    environ = {**twilio_rest.environ, "TWILIO_AUTH_TOKEN": TOKEN}
    assert check("--number", NUMBER_SID, **environ)["webhook"].startswith(f"ok {NUMBER} points")
    words = f"no this account has no number PN{'0' * 32}"
    assert check("--number", f"PN{'0' * 32}", **environ)["webhook"].startswith(words)


def test_what_overrides_the_webhook_of_a_number_is_reported(
    webhook: Callable[..., str], twilio_rest: StandIn, deployment: Relay
) -> None:
    here = f"{deployment.url}/sms/counter"
    twilio_rest.numbers = [number(sms_url=here, sms_application_sid=APPLICATION)]
    assert f"but the application {APPLICATION} decides where its texts go. Take" in webhook()
    twilio_rest.numbers = [number(sms_url=here)]
    twilio_rest.services = [service(sid="MG" + "0" * 32), service()]
    twilio_rest.members = {(SERVICE, NUMBER_SID)}
    assert f"but the Messaging Service {SERVICE} decides where its texts go. Let" in webhook()
    twilio_rest.services[1]["use_inbound_webhook_on_number"] = True
    assert webhook().startswith("ok ")


def test_without_access_to_services_the_result_is_not_known(
    webhook: Callable[..., str], twilio_rest: StandIn, deployment: Relay
) -> None:
    twilio_rest.numbers = [number(sms_url=f"{deployment.url}/sms/counter")]
    forbidden = error(403, 70051, "Authorization Failed")
    twilio_rest.instead = lambda asked: forbidden if "Services" in asked.path else None
    line = webhook()
    assert line.startswith("-- ")
    assert "whether a Messaging Service overrides the number's webhook is not known: 70051" in line


def test_with_too_many_services_the_result_is_not_known(
    webhook: Callable[..., str], twilio_rest: StandIn, deployment: Relay
) -> None:
    twilio_rest.numbers = [number(sms_url=f"{deployment.url}/sms/counter")]
    twilio_rest.services = [service(sid=f"MG{each:032x}") for each in range(21)]
    line = webhook()
    assert line.startswith("-- ")
    assert "the account has more than 20 services, and only those were searched" in line
    twilio_rest.services.pop()
    assert webhook().startswith("ok ")
    twilio_rest.members = {(f"MG{19:032x}", NUMBER_SID)}
    assert f"but the Messaging Service MG{19:032x} decides where its texts go" in webhook()


def test_a_number_that_cannot_be_looked_up(
    webhook: Callable[..., str], twilio_rest: StandIn
) -> None:
    assert webhook(TWILIO_ACCOUNT_SID="").startswith("no TWILIO_ACCOUNT_SID is not set: set it to")
    assert webhook(TWILIO_API_SECRET="x").startswith("no 20003 Twilio does not accept these")
    assert webhook(https_proxy="http://127.0.0.1:9").startswith("no Twilio cannot be reached")
    twilio_rest.numbers = [number(phone_number=f"{NUMBER}1")]
    assert webhook().startswith(f"no this account has no number {NUMBER}: set TWILIO_ACCOUNT_SID")


def test_without_a_number_it_says_how_to_give_one(check: Check, twilio_rest: StandIn) -> None:
    assert "give --number, and set TWILIO_ACCOUNT_SID with an API key" in check()["webhook"]
    environ = {**twilio_rest.environ, "TWILIO_AUTH_TOKEN": TOKEN}
    assert check(**environ)["webhook"] == "-- not checked: give --number to have it checked"


def test_invalid_arguments_are_reported(in_process: InProcess) -> None:
    ended = in_process("check", "--number", "5551230000", PUBLIC_URL="https://a.b")
    assert "5551230000 is not a number: write it in full" in ended.stderr
    ended = in_process("check", "--url", "https://a.b/?c", TWILIO_AUTH_TOKEN=TOKEN)
    assert "ends before the path of a flow" in ended.stderr
    assert "PUBLIC_URL is not set" in in_process("check").stderr
    for flow in ("../x", "a b", "a\r\nX: y", "é", ""):
        ended = in_process("check", "--flow", flow, PUBLIC_URL="https://127.0.0.1:1")
        assert "--flow is not the name of a flow" in ended.stderr


def test_the_check_uses_an_account_that_the_server_allows(check: Check, deployment: Relay) -> None:
    """If a server accepts only some accounts, the check texts it as one of them."""
    another = "AC" + "9" * 32
    for given, named in [
        ({}, "AC" + "0" * 32),
        ({"TWILIO_ACCOUNT_SID": ACCOUNT}, ACCOUNT),
        ({"TWILIO_ALLOWED_ACCOUNTS": f"{another},{ACCOUNT}"}, another),
        (
            {"TWILIO_ALLOWED_ACCOUNTS": f"{another},{ACCOUNT}", "TWILIO_ACCOUNT_SID": ACCOUNT},
            ACCOUNT,
        ),
        ({"TWILIO_ALLOWED_ACCOUNTS": another, "TWILIO_ACCOUNT_SID": ACCOUNT}, another),
    ]:
        check(**given)
        assert f"AccountSid={named}".encode() in deployment.bodies[-1]


ROUTED = f"""
[[route]]
to = ["{NUMBER}", "whatsapp:{NUMBER}"]
default = "counter"
[[route]]
service = "{SERVICE}"
[[route]]
keywords = {{ count = "counter" }}
"""


@pytest.fixture
def routes(
    in_process: InProcess, deployment: Relay, twilio_rest: StandIn, tmp_path: Path
) -> Callable[..., list[str]]:
    """Return the lines about the numbers and services of a routes file."""

    def run(content: str = ROUTED, **changed: str) -> list[str]:
        (tmp_path / "routes.toml").write_text(content)
        environ = {**twilio_rest.environ, "ROUTES_FILE": "routes.toml"}
        key = {"TWILIO_API_KEY": KEY, "TWILIO_API_SECRET": KEY_SECRET}
        ended = in_process("check", **{**environ, **settings(deployment), **key, **changed})
        found = [line for line in ended.output.splitlines() if " routes: " in line]
        assert ended.exit_code == (1 if any(line.startswith("no ") for line in found) else 0)
        return [line.replace("  routes:", "") for line in found]

    return run


def test_routes_are_compared_with_the_webhooks_at_twilio(
    routes: Callable[..., list[str]], twilio_rest: StandIn, deployment: Relay
) -> None:
    url = f"{deployment.url}/sms"
    twilio_rest.numbers = [number(sms_url=f"{url}#rc=2")]
    twilio_rest.services = [service(inbound_request_url=url)]
    assert routes() == [
        f"ok {NUMBER} points to {url}#rc=2",
        f"-- whatsapp:{NUMBER}: not checked, look at its webhook in the Console",
        f"ok {SERVICE} points to {url}",
    ]
    assert routes("") == []


def test_a_route_with_another_webhook_is_reported(
    routes: Callable[..., list[str]], twilio_rest: StandIn, deployment: Relay
) -> None:
    url = f"{deployment.url}/sms"
    twilio_rest.numbers = [number(sms_url=f"{url}/counter")]
    twilio_rest.services = [service(inbound_request_url=url, use_inbound_webhook_on_number=True)]
    first, _, third = routes()
    assert first == f"no {NUMBER} points to {url}/counter: `parley connect {NUMBER}` sets it"
    assert third.startswith(f"no {SERVICE} defers to the webhooks of its numbers")
    twilio_rest.numbers = [number(sms_url=url)]
    twilio_rest.services = [service()]
    twilio_rest.members = {(SERVICE, NUMBER_SID)}
    first, _, third = routes()
    assert first.startswith(f"no {NUMBER}: the Messaging Service {SERVICE} decides where")
    assert third == f"no {SERVICE} points to nothing: `parley connect {SERVICE}` sets it"
    twilio_rest.numbers, twilio_rest.services = [], []
    first, _, third = routes()
    assert first == f"no {NUMBER} is not of this account: correct ROUTES_FILE, or the account"
    assert third.startswith(f"no {SERVICE} is not of this account")


def test_invalid_routes_and_a_missing_account_are_reported(
    routes: Callable[..., list[str]], twilio_rest: StandIn
) -> None:
    assert routes('[[route]]\ndefault = "lunch"\n')[0].startswith("no Route 1 names the flow")
    said = routes(TWILIO_ACCOUNT_SID="", TWILIO_API_KEY="", TWILIO_API_SECRET="")
    assert said[0] == (
        f"-- {NUMBER}: not checked, set TWILIO_ACCOUNT_SID with an API key or auth token"
    )
    assert not twilio_rest.asked
