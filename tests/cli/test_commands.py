"""`flask sms`: what each command prints, and what it says when something is missing."""

import re
import subprocess
from pathlib import Path

import pytest

from app.phone.curl import curl
from tests.cli.conftest import Run
from tests.server.running import Server, clean_environ
from tests.twilio import PUBLIC_URL, SECRET, TOKEN, signature

SETTINGS = {"PUBLIC_URL": PUBLIC_URL, "TWILIO_AUTH_TOKEN": TOKEN, "SESSION_SECRET": SECRET}
COMMANDS = (
    "chat",
    "check",
    "connect",
    "curl",
    "explain",
    "flows",
    "init",
    "new-flow",
    "segments",
    "send",
    "settings",
    "sign",
    "text",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_an_example(flask_sms: Run, command: str) -> None:
    ended = flask_sms(command, "--help")
    assert ended.returncode == 0
    assert f"Example:\n    flask sms {command}" in ended.stdout


def test_the_list_of_commands_is_whole(flask_sms: Run) -> None:
    listed = flask_sms("--help").stdout.partition("Commands:\n")[2]
    assert tuple(line.split()[0] for line in listed.splitlines()) == COMMANDS


def test_flows_are_listed_with_their_urls(flask_sms: Run) -> None:
    ended = flask_sms("flows", PUBLIC_URL=f"{PUBLIC_URL}/prefix/")
    lines = ended.stdout.splitlines()
    assert f"{PUBLIC_URL}/prefix/sms/counter" in lines
    after = lines[lines.index(f"{PUBLIC_URL}/prefix/sms/counter") + 1]
    assert after.strip() == "Count the texts of this conversation, without end."
    assert ended.stderr == ""


def test_flows_are_listed_without_any_setting(flask_sms: Run) -> None:
    ended = flask_sms("flows")
    assert "/sms/reset-after-five" in ended.stdout.splitlines()
    assert "PUBLIC_URL is not set" in ended.stderr
    assert ended.returncode == 0


def test_sign_prints_the_signature(flask_sms: Run) -> None:
    """The published example of Twilio's security page."""
    pairs = ["CallSid=CA1234567890ABCDE", "Caller=+12349013030", "Digits=1234"]
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    form = [*pairs, "From=+12349013030", "To=+18005551212"]
    ended = flask_sms("sign", url, *form, TWILIO_AUTH_TOKEN="12345")
    assert ended.stdout == "0/KCTR6DLpKmkAf8muzZqo1nDgQ=\n"
    bare = flask_sms("sign", f"{PUBLIC_URL}/sms?a=b", TWILIO_AUTH_TOKEN=TOKEN)
    assert bare.stdout.strip() == signature(f"{PUBLIC_URL}/sms?a=b")
    with_equals = flask_sms("sign", PUBLIC_URL, "Body=a=b", TWILIO_AUTH_TOKEN=TOKEN)
    assert with_equals.stdout.strip() == signature(PUBLIC_URL, {"Body": "a=b"})


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("sign", PUBLIC_URL, "Body"), "Write every parameter as Name=value"),
        (("sign", PUBLIC_URL, "A=1", "A=2"), "once only"),
        (("curl", "counter", "--url", "ftp://x"), "begins with https:// or http://"),
        (("text", "counter"), "Missing argument"),
        (("text", "counter", "a", "--url", "http://127.0.0.1:99999"), "its port is a number"),
        (("text", "counter", "a\udcff"), "no text in UTF-8"),
        (("curl", "counter", "--body", "a\udcff"), "no text in UTF-8"),
        (("sign", PUBLIC_URL, "a=\udcff"), "no text in UTF-8"),
        (("segments", "\udcff"), "no text in UTF-8"),
        (("explain", PUBLIC_URL, "--signature", "x", "a=\udcff"), "no text in UTF-8"),
        (("text", "counter", "a", "--from", "\udcff"), "no text in UTF-8"),
    ],
)
def test_wrong_arguments_are_sentences(
    flask_sms: Run, arguments: tuple[str, ...], sentence: str
) -> None:
    ended = flask_sms(*arguments, **SETTINGS)
    assert ended.returncode in (1, 2)
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("command", [("curl", "counter"), ("sign", PUBLIC_URL), ("text", "a", "b")])
def test_a_missing_token_is_a_sentence(flask_sms: Run, command: tuple[str, ...]) -> None:
    ended = flask_sms(*command, PUBLIC_URL=PUBLIC_URL)
    assert ended.returncode == 1
    assert "TWILIO_AUTH_TOKEN is not set" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_segments_are_counted(flask_sms: Run) -> None:
    assert flask_sms("segments", "Hello, World!").stdout == "GSM-7, 1 segment, 13 septets\n"
    assert flask_sms("segments", "€" * 81).stdout == "GSM-7, 2 segments, 162 septets\n"
    assert flask_sms("segments", "at 8 – 👍🏽 – \u200b").stdout.splitlines() == [
        "UCS-2, 1 segment, 15 UTF-16 units",
        "forces UCS-2: – (U+2013)",
        "forces UCS-2: 👍🏽 (U+1F44D U+1F3FD)",
        "forces UCS-2:   (U+200B)",
    ]


def test_a_token_in_the_environment_and_the_rest_from_the_development_file(
    flask_sms: Run, development_folder: Path, development_server: Server
) -> None:
    ended = flask_sms("curl", "counter", folder=development_folder, TWILIO_AUTH_TOKEN="another")
    assert f"http://127.0.0.1:{development_server.port}/sms/counter" in ended.stdout


def test_settings_are_shown_without_their_secrets(flask_sms: Run) -> None:
    account = "AC" + "0123456789abcdef" * 2
    more = {"TWILIO_ALLOWED_ACCOUNTS": account, "PUBLIC_URL": "https://u:hunter2@sms.example.com/p"}
    key = account.replace("AC", "SK")
    more |= {"TWILIO_ACCOUNT_SID": account, "TWILIO_API_KEY": key, "TWILIO_API_SECRET": "hunter2"}
    ended = flask_sms("settings", **{**SETTINGS, "SESSION_SECRET": f"{SECRET},{SECRET}", **more})
    assert ended.returncode == 0
    shown = dict(line.split(maxsplit=1) for line in ended.stdout.splitlines())
    assert shown["PUBLIC_URL"] == "https://sms.example.com/p"
    assert re.fullmatch("1 given: [0-9a-f]{6} of 32 characters", shown["TWILIO_AUTH_TOKEN"])
    each = f"([0-9a-f]{{6}}) of {len(SECRET)} characters"
    both = re.fullmatch(f"2 given: {each}, {each}", shown["SESSION_SECRET"])
    assert both, shown["SESSION_SECRET"]
    assert both[1] == both[2], "the same secret has the same fingerprint"
    assert shown["TWILIO_ALLOWED_ACCOUNTS"] == "AC01…ef"
    assert shown["TWILIO_ACCOUNT_SID"] == "AC01…ef"
    assert shown["TWILIO_API_KEY"] == "SK01…ef"
    assert re.fullmatch("1 given: [0-9a-f]{6} of 7 characters", shown["TWILIO_API_SECRET"])
    for secret in (TOKEN, SECRET, account, key, "hunter2"):
        assert secret not in ended.stdout + ended.stderr


def test_settings_list_every_one_of_the_example(flask_sms: Run) -> None:
    example = (Path(__file__).parents[2] / ".env.example").read_text()
    names = set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))
    shown = {line.split()[0] for line in flask_sms("settings", **SETTINGS).stdout.splitlines()}
    assert shown == names


def test_settings_list_every_problem(flask_sms: Run) -> None:
    ended = flask_sms("settings", LOG_FORMAT="xml")
    assert ended.returncode == 1
    for name in ("PUBLIC_URL", "TWILIO_AUTH_TOKEN", "SESSION_SECRET", "LOG_FORMAT"):
        assert f"- {name}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_text_goes_where_it_is_told(flask_sms: Run, development_server: Server) -> None:
    url = f"http://127.0.0.1:{development_server.port}"
    log = development_server.log()
    for given in (url, f"{url}/", f"{url}/sms/counter"):
        numbers = ("--from", "whatsapp:+15551230001", "--to", "12345", "--media", "https://a.b/c")
        ended = flask_sms(
            "text",
            "counter",
            "hi",
            "--url",
            given,
            *numbers,
            TWILIO_AUTH_TOKEN="of another account",
        )
        assert ended.stdout.splitlines()[1].startswith("! 403 This request is not signed by Twilio")
        assert ended.returncode == 1
    assert "wrong signature" in development_server.log().removeprefix(log)


BODIES = [
    "hi",
    'it\'s "quoted" & $HOME `id` \\ !history; a=b@c',
    "two\nlines\n\n  and spaces  ",
    "emoji 😀 👩‍👩‍👧 and ünïcödé",
    "@file %41 + #fragment ?query [1-9] {a,b}",
    "",
]


@pytest.mark.parametrize("kind", [(), ("--get",), ("--json",)], ids=["form", "get", "json"])
@pytest.mark.usefixtures("development_server")
def test_each_curl_command_continues_the_conversation(
    flask_sms: Run, development_folder: Path, kind: tuple[str, ...]
) -> None:
    cookie = ""
    for count, body in enumerate(BODIES):
        arguments = ("--body", body, "--from", "+15551230001", "--cookie", cookie, *kind)
        printed = flask_sms("curl", "counter", *arguments, folder=development_folder)
        assert printed.returncode == 0, printed.stderr
        answer = subprocess.run(
            ["/bin/sh"],
            input=printed.stdout,
            capture_output=True,
            text=True,
            timeout=15,
            check=True,
            env=clean_environ(),
        ).stdout
        assert answer.startswith("HTTP/1.1 200 OK"), answer
        said = f"Your current count is {count}" if count else "Hello, thanks for the new message!"
        assert f"<Message>{said}</Message>" in answer
        cookie = next(line for line in answer.splitlines() if line.startswith("Set-Cookie: "))


def test_what_no_command_line_can_hold_is_said_so() -> None:
    with pytest.raises(ValueError, match="NUL"):
        curl(PUBLIC_URL, {"Body": "a\0b"}, TOKEN)
