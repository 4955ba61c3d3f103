"""`parley send`, against the stand-in for Twilio's REST API."""

import signal
import subprocess
import threading
from pathlib import Path

import pytest

from tests.cli.conftest import InProcess, Run
from tests.rest.stand_in import (
    ACCOUNT,
    API,
    APPLICATION,
    AUTH_TOKEN,
    KEY,
    KEY_SECRET,
    NUMBER,
    SERVICE,
    Asked,
    Said,
    StandIn,
    error,
    message,
)
from tests.server.running import PARLEY, clean_environ

ALICE, BOB, CAROL = "+15551230001", "+15551230002", "+15551230003"
MESSAGES = f"{API}/Messages.json"
FROM = ("--from", NUMBER)


def test_a_text_to_several_numbers_prints_a_line_for_each(
    process: Run, twilio_rest: StandIn
) -> None:
    """With the official client, in a separate process."""
    ended = process("send", ALICE, BOB, "See you at 8 – 👍", *FROM, **twilio_rest.environ)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines() == [
        f"{ALICE}  queued SM{1:032x}",
        f"{BOB}  queued SM{2:032x}",
    ]
    assert twilio_rest.posted(MESSAGES) == [
        {"To": to, "From": NUMBER, "Body": "See you at 8 – 👍"} for to in (ALICE, BOB)
    ]


def test_pictures_are_sent_with_or_without_a_text(
    in_process: InProcess, twilio_rest: StandIn
) -> None:
    pictures = ("--media", "https://a.b/1.jpg", "--media", "http://a.b:81/2.jpg?x=y")
    for body in ("look", ""):
        ended = in_process("send", ALICE, body, *FROM, *pictures, **twilio_rest.environ)
        assert ended.exit_code == 0, ended.output
        assert ended.stdout.startswith(f"{ALICE}  queued MM")
    with_text, alone = twilio_rest.posted(MESSAGES)
    assert with_text["MediaUrl"] == "https://a.b/1.jpg http://a.b:81/2.jpg?x=y"
    assert (with_text["Body"], "Body" in alone) == ("look", False)


def test_a_messaging_service_can_be_the_sender(in_process: InProcess, twilio_rest: StandIn) -> None:
    ended = in_process("send", ALICE, "hi", "--messaging-service", SERVICE, **twilio_rest.environ)
    assert ended.stdout.startswith(f"{ALICE}  accepted SM")
    assert twilio_rest.posted(MESSAGES) == [
        {"To": ALICE, "MessagingServiceSid": SERVICE, "Body": "hi"}
    ]


def test_receipts_are_requested_if_the_setting_is_on(
    in_process: InProcess, twilio_rest: StandIn
) -> None:
    environ = {**twilio_rest.environ, "PUBLIC_URL": "https://sms.example.com/"}
    for switch in ("on", "off", ""):
        ended = in_process("send", ALICE, "hi", *FROM, **environ, STATUS_CALLBACKS=switch)
        assert ended.exit_code == 0, ended.output
    posted = [each.get("StatusCallback") for each in twilio_rest.posted(MESSAGES)]
    assert posted == ["https://sms.example.com/sms/status", None, None]


@pytest.mark.parametrize(
    ("switch", "url", "sentence"),
    [
        ("on", "", "STATUS_CALLBACKS is on, but PUBLIC_URL is missing"),
        (
            "on",
            "http://127.0.0.1:8000",
            "STATUS_CALLBACKS is on, but PUBLIC_URL must begin with https://",
        ),
        ("maybe", "https://sms.example.com", "STATUS_CALLBACKS is 'maybe': set it to on or off"),
    ],
)
def test_no_text_is_sent_if_twilio_cannot_deliver_receipts(
    in_process: InProcess, twilio_rest: StandIn, switch: str, url: str, sentence: str
) -> None:
    environ = {**twilio_rest.environ, "PUBLIC_URL": url, "STATUS_CALLBACKS": switch}
    ended = in_process("send", ALICE, "hi", *FROM, **environ)
    assert ended.exit_code == 2
    assert sentence in ended.stderr
    assert "Nothing was sent." in ended.stderr
    assert not twilio_rest.asked


def test_an_api_key_takes_precedence_over_the_auth_token(
    in_process: InProcess, twilio_rest: StandIn
) -> None:
    keys = {"TWILIO_API_KEY": KEY, "TWILIO_API_SECRET": KEY_SECRET, "TWILIO_AUTH_TOKEN": "wrong"}
    ended = in_process("send", ALICE, "hi", *FROM, **{**twilio_rest.environ, **keys})
    assert ended.exit_code == 0, ended.output
    newest = {"TWILIO_AUTH_TOKEN": f"{AUTH_TOKEN},of yesterday"}
    ended = in_process("send", ALICE, "hi", *FROM, **{**twilio_rest.environ, **newest})
    assert ended.exit_code == 0, ended.output


def test_the_secret_may_be_in_a_file(
    in_process: InProcess, twilio_rest: StandIn, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text(f"{KEY_SECRET}\n")
    keys = {"TWILIO_API_KEY": KEY, "TWILIO_API_SECRET_FILE": "secret", "TWILIO_AUTH_TOKEN": ""}
    ended = in_process("send", ALICE, "hi", *FROM, **{**twilio_rest.environ, **keys})
    assert ended.exit_code == 0, ended.output


REFUSALS = [
    (400, 21211, "The 'To' number +15551230001 is not a valid phone number.", "correct it"),
    (400, 21408, "Permission to send an SMS has not been enabled for the region", "permit it in"),
    (400, 21606, "The 'From' phone number is not a valid, SMS-capable", "number of this account"),
    (400, 21608, "The number +15551230001 is unverified.", "verify it in the Console"),
    (400, 21610, "Attempt to send to unsubscribed recipient", "only START from that phone"),
    (400, 21612, "cannot be reached", "send from another number"),
    (400, 21614, "'To' number is not a valid mobile number", "text a mobile phone"),
    (400, 21617, "The concatenated message body exceeds the 1600 character limit", "in several"),
    (400, 21620, "Invalid media URL(s)", "give a public https:// URL"),
    (400, 21623, "Number of media files exceeds allowed limit", "in several messages"),
    (400, 14107, "Message rate limit exceeded", "stop what sends them"),
    (400, 99999, "Something new", "99999 Something new: see https://www.twilio.com/docs/errors/"),
]


@pytest.mark.parametrize(
    ("status", "code", "words", "advice"), REFUSALS, ids=[str(each[1]) for each in REFUSALS]
)
def test_a_rejected_recipient_is_reported_and_the_others_are_texted(
    in_process: InProcess, twilio_rest: StandIn, status: int, code: int, words: str, advice: str
) -> None:
    twilio_rest.refused[ALICE] = error(status, code, words)
    ended = in_process("send", ALICE, BOB, "hi", *FROM, **twilio_rest.environ)
    assert ended.exit_code == 1
    failed, sent = ended.stdout.splitlines()
    assert failed.startswith(f"{ALICE}  failed: {code} ")
    assert advice in failed
    assert sent.startswith(f"{BOB}  queued SM")


@pytest.mark.parametrize(
    "refusal",
    [
        error(401, 20003, "Authenticate"),
        error(429, 20429, "Too Many Requests"),
        error(429, 63038, "Account exceeded the daily messages limit"),
        (429, {}),
    ],
)
def test_an_error_that_concerns_all_recipients_stops_at_the_first(
    in_process: InProcess, twilio_rest: StandIn, refusal: Said
) -> None:
    twilio_rest.refused[ALICE] = refusal
    ended = in_process("send", ALICE, BOB, CAROL, "hi", *FROM, **twilio_rest.environ)
    assert ended.exit_code == 1
    code = refusal[1].get("code", 429)
    first, *rest = ended.stdout.splitlines()
    assert first.startswith(f"{ALICE}  failed: {code} ")
    assert rest == [f"{to}  not tried: {code} concerns every recipient" for to in (BOB, CAROL)]
    assert len(twilio_rest.asked) == 1


def test_wrong_credentials_are_reported(in_process: InProcess, twilio_rest: StandIn) -> None:
    wrong = {**twilio_rest.environ, "TWILIO_AUTH_TOKEN": "recognisable-token"}
    ended = in_process("send", ALICE, "hi", *FROM, **wrong)
    assert ended.exit_code == 1
    assert "20003 Twilio does not accept these credentials: set TWILIO_ACCOUNT" in ended.stdout
    assert "recognisable" not in ended.output


def test_a_number_in_an_error_is_masked(in_process: InProcess, twilio_rest: StandIn) -> None:
    words = "Number +15557654321 (5557654321) of \x1b[31mSM1 " + "x" * 999
    twilio_rest.refused[ALICE] = error(400, 99999, words)
    (line,) = in_process("send", ALICE, "hi", *FROM, **twilio_rest.environ).stdout.splitlines()
    assert "Number +1555…21 (number) of \\x1b[31mSM1 xxx" in line
    assert "7654321" not in line
    assert len(line) < 450


def test_a_message_that_fails_immediately_is_a_failure(
    in_process: InProcess, twilio_rest: StandIn
) -> None:
    said = {**message("SM1", "failed", {}, 0), "error_code": 30007, "error_message": "filtered"}
    twilio_rest.refused[ALICE] = (201, said)
    ended = in_process("send", ALICE, "hi", *FROM, **twilio_rest.environ)
    assert ended.exit_code == 1
    assert "failed: 30007 a carrier's filter" in ended.stdout


HTML = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<ok>"
LIST = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n[]"
NO_SID = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"
CUT_OFF = b"HTTP/1.1 201 Created\r\nContent-Length: 99\r\n\r\n{"


@pytest.mark.parametrize(
    "answer",
    [b"", HTML, LIST, NO_SID, CUT_OFF, error(500, 20500, "Internal Server Error"), (503, {})],
    ids=["hangs up", "html", "list", "no sid", "cut off", "500", "503"],
)
def test_an_unclear_result_is_reported_and_never_sent_again(
    in_process: InProcess, twilio_rest: StandIn, answer: Said | bytes
) -> None:
    twilio_rest.instead = lambda _: answer
    ended = in_process("send", ALICE, "hi", *FROM, **twilio_rest.environ)
    assert ended.exit_code == 1
    assert ended.stdout.startswith(f"{ALICE}  unclear: ")
    assert "it may have been sent; look in the Twilio Console before you" in ended.stdout
    assert len(twilio_rest.posted(MESSAGES)) == 1


def test_after_a_timeout_the_result_is_unclear(
    in_process: InProcess, twilio_rest: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()

    def stalls(_: Asked) -> bytes:
        over.wait(20)
        return b""

    monkeypatch.setattr("parley.rest.client.SECONDS", 0.5)
    twilio_rest.instead = stalls
    ended = in_process("send", ALICE, "hi", *FROM, **twilio_rest.environ)
    over.set()
    assert ended.exit_code == 1
    assert "(ReadTimeout): it may have been sent; look in the" in ended.stdout
    assert len(twilio_rest.asked) == 1


def test_an_interrupt_reports_what_may_have_been_sent(twilio_rest: StandIn, tmp_path: Path) -> None:
    arrived, over = threading.Event(), threading.Event()

    def stalls(_: Asked) -> bytes:
        arrived.set()
        over.wait(20)
        return b""

    twilio_rest.instead = stalls
    command = [PARLEY, "send", ALICE, BOB, "hi", *FROM]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=clean_environ(**twilio_rest.environ),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert arrived.wait(20)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=20)
        over.set()
    assert process.returncode == 1
    assert said.splitlines() == [
        f"{ALICE}  unclear: interrupted; it may have been sent; look in the Twilio Console before "
        "you send it again.",
        f"{BOB}  not tried: interrupted",
    ]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"https_proxy": "http://127.0.0.1:9"}, "look at the proxy that HTTPS_PROXY"),
        ({"REQUESTS_CA_BUNDLE": "/nowhere.pem"}, "let REQUESTS_CA_BUNDLE name a file."),
        ({"REQUESTS_CA_BUNDLE": ""}, "its certificate is not trusted"),
        ({"https_proxy": "http://["}, "the proxy that HTTPS_PROXY names"),
        ({"TWILIO_REGION": "elsewhere"}, "the proxy that HTTPS_PROXY names does not let us"),
    ],
    ids=["proxy", "no bundle", "untrusted", "odd proxy", "another host"],
)
def test_it_reports_that_nothing_was_sent(
    in_process: InProcess, twilio_rest: StandIn, changed: dict[str, str], words: str
) -> None:
    ended = in_process("send", ALICE, BOB, "hi", *FROM, **{**twilio_rest.environ, **changed})
    assert ended.exit_code == 1
    first, second = ended.stdout.splitlines()
    assert first.startswith(f"{ALICE}  failed: Twilio cannot be reached, nothing was done: ")
    assert words in first
    assert second == f"{BOB}  not tried: Twilio cannot be reached"
    assert not twilio_rest.asked


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((ALICE, "hi"), "There is no sender: give --from"),
        ((ALICE, "hi", *FROM, "--messaging-service", SERVICE), "There is no sender: give --from"),
        ((ALICE, "hi", "--messaging-service", APPLICATION), "MG and 32 hexadecimal digits"),
        ((ALICE, "5551230002", "hi", *FROM), "5551230002 is not a number: write it in full"),
        ((ALICE, "+1555123000x", "hi", *FROM), "is not a number"),
        ((ALICE, ALICE, "hi", *FROM), "is given twice"),
        ((ALICE, BOB, *FROM), "is the text missing?"),
        ((ALICE, " ", *FROM), "There is nothing to send"),
        ((ALICE, "x" * 1_601, *FROM), "The text has 1,601 UTF-16 units"),
        ((ALICE, "😀" * 800 + "x", *FROM), "The text has 1,601 UTF-16 units"),
        ((ALICE, "hi", "--from", "not a sender!"), "is not a sender"),
        ((ALICE, "hi", "--from", f"whatsapp:{NUMBER}"), "must use one channel"),
        ((f"whatsapp:{ALICE}", BOB, "hi", *FROM), "must use one channel"),
        ((ALICE, "hi", *FROM, "--media", "ftp://a.b/c"), "--media must be a URL"),
        ((ALICE, "hi", *FROM, "--media", "https://"), "--media must be a URL"),
        ((ALICE, "hi", *FROM, "--media", "https://a.b:x/"), "--media must be a URL"),
        ((ALICE, "hi", *FROM, "--media", "https://a.b/c d"), "--media must be a URL"),
        ((ALICE, "hi", *FROM, *("--media", "https://a.b/c") * 11), "11 pictures are too many"),
        ((ALICE, "a\udcff", *FROM), "not text in UTF-8"),
        (("hi", *FROM), "Missing argument"),
    ],
)
def test_an_invalid_argument_sends_nothing(
    in_process: InProcess, twilio_rest: StandIn, arguments: tuple[str, ...], sentence: str
) -> None:
    ended = in_process("send", *arguments, **twilio_rest.environ)
    assert ended.exit_code == 2
    assert sentence in " ".join(ended.stderr.split())
    assert not twilio_rest.asked


@pytest.mark.parametrize(
    ("to", "body", "sender"),
    [
        (ALICE, "x" * 1_600, NUMBER),
        (ALICE, "😀" * 800, NUMBER),
        (f"whatsapp:{ALICE}", "hi", f"whatsapp:{NUMBER}"),
    ],
)
def test_a_text_of_maximal_length_is_sent(
    in_process: InProcess, twilio_rest: StandIn, to: str, body: str, sender: str
) -> None:
    ended = in_process("send", to, body, "--from", sender, **twilio_rest.environ)
    assert ended.exit_code == 0, ended.output
    assert twilio_rest.posted(MESSAGES)[0]["Body"] == body


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"TWILIO_ACCOUNT_SID": ""}, "TWILIO_ACCOUNT_SID is not set"),
        (
            {"TWILIO_ACCOUNT_SID": "AC1"},
            "is not an account SID: write AC and 32 hexadecimal digits",
        ),
        ({"TWILIO_ACCOUNT_SID": KEY}, "is not an account SID"),
        ({"TWILIO_API_KEY": ACCOUNT}, "TWILIO_API_KEY is not an API key SID: write SK and 32"),
        ({"TWILIO_API_KEY": KEY}, "TWILIO_API_KEY is set without TWILIO_API_SECRET"),
        ({"TWILIO_API_SECRET": "x"}, "TWILIO_API_SECRET is set without TWILIO_API_KEY"),
        ({"TWILIO_AUTH_TOKEN": ""}, "Neither TWILIO_API_KEY with TWILIO_API_SECRET nor"),
        ({"TWILIO_AUTH_TOKEN": "", "TWILIO_AUTH_TOKEN_FILE": "/nowhere"}, "No such file"),
        ({"TWILIO_AUTH_TOKEN": "tökén€"}, "has characters that Twilio's never have"),
    ],
)
def test_missing_or_malformed_credentials_are_reported(
    in_process: InProcess, twilio_rest: StandIn, changed: dict[str, str], sentence: str
) -> None:
    ended = in_process("send", ALICE, "hi", *FROM, **{**twilio_rest.environ, **changed})
    assert ended.exit_code == 1
    assert sentence in ended.stderr
    assert not twilio_rest.asked
