"""`parley`: the output and the error messages of each command."""

import re
import shlex
from hashlib import sha256
from pathlib import Path

import pytest

from parley.simulator.curl import curl
from tests.cli.conftest import Run
from tests.server.running import PARLEY, Server, printed
from tests.webhook import PUBLIC_URL, SECRET, SETTINGS, TOKEN, signature

COMMANDS = (
    "chat",
    "check",
    "connect",
    "conversations",
    "curl",
    "db",
    "explain",
    "explain-session",
    "failures",
    "flows",
    "funnel",
    "init",
    "live",
    "new-flow",
    "phone",
    "reload",
    "routes",
    "segments",
    "send",
    "settings",
    "sign",
    "start",
    "text",
    "worker",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_an_example(parley: Run, command: str) -> None:
    ended = parley(command, "--help")
    assert ended.returncode == 0
    assert f"Example:\n    parley {command}" in ended.stdout


def test_the_list_of_commands_is_complete(parley: Run) -> None:
    listed = parley("--help").stdout.partition("Commands:\n")[2]
    assert tuple(line.split()[0] for line in listed.splitlines()) == COMMANDS


def test_flows_are_listed_with_their_urls(parley: Run) -> None:
    ended = parley("flows", PUBLIC_URL=f"{PUBLIC_URL}/prefix/")
    lines = ended.stdout.splitlines()
    assert f"{PUBLIC_URL}/prefix/sms/counter" in lines
    after = lines[lines.index(f"{PUBLIC_URL}/prefix/sms/counter") + 1]
    assert after.strip() == "Count the texts of this conversation, without a limit."
    assert ended.stderr == ""


def test_flows_are_listed_without_any_setting(parley: Run) -> None:
    ended = parley("flows")
    assert "/sms/reset-after-five" in ended.stdout.splitlines()
    assert "PUBLIC_URL is not set" in ended.stderr
    assert ended.returncode == 0


def test_sign_prints_the_signature(parley: Run) -> None:
    """The published example from Twilio's documentation of webhook security."""
    pairs = ["CallSid=CA1234567890ABCDE", "Caller=+12349013030", "Digits=1234"]
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    form = [*pairs, "From=+12349013030", "To=+18005551212"]
    ended = parley("sign", url, *form, TWILIO_AUTH_TOKEN="12345")
    assert ended.stdout == "0/KCTR6DLpKmkAf8muzZqo1nDgQ=\n"
    bare = parley("sign", f"{PUBLIC_URL}/sms?a=b", TWILIO_AUTH_TOKEN=TOKEN)
    assert bare.stdout.strip() == signature(f"{PUBLIC_URL}/sms?a=b")
    with_equals = parley("sign", PUBLIC_URL, "Body=a=b", TWILIO_AUTH_TOKEN=TOKEN)
    assert with_equals.stdout.strip() == signature(PUBLIC_URL, {"Body": "a=b"})


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("sign", PUBLIC_URL, "Body"), "Write every parameter as Name=value"),
        (("sign", PUBLIC_URL, "A=1", "A=2"), "once only"),
        (("curl", "counter", "--url", "ftp://x"), "begins with https:// or http://"),
        (("text", "counter"), "Missing argument"),
        (("text", "counter", "a", "--url", "http://127.0.0.1:99999"), "its port is a number"),
        (("text", "counter", "a\udcff"), "not text in UTF-8"),
        (("curl", "counter", "--body", "a\udcff"), "not text in UTF-8"),
        (("sign", PUBLIC_URL, "a=\udcff"), "not text in UTF-8"),
        (("segments", "\udcff"), "not text in UTF-8"),
        (("explain", PUBLIC_URL, "--signature", "x", "a=\udcff"), "not text in UTF-8"),
        (("text", "counter", "a", "--from", "\udcff"), "not text in UTF-8"),
    ],
)
def test_invalid_arguments_are_reported(
    parley: Run, arguments: tuple[str, ...], sentence: str
) -> None:
    ended = parley(*arguments, **SETTINGS)
    assert ended.returncode in (1, 2)
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("command", [("curl", "counter"), ("sign", PUBLIC_URL), ("text", "a", "b")])
def test_a_missing_token_is_reported(parley: Run, command: tuple[str, ...]) -> None:
    ended = parley(*command, PUBLIC_URL=PUBLIC_URL)
    assert ended.returncode == 1
    assert "TWILIO_AUTH_TOKEN is not set" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_segments_are_counted(parley: Run) -> None:
    assert parley("segments", "Hello, World!").stdout == "GSM-7, 1 segment, 13 septets\n"
    assert parley("segments", "€" * 81).stdout == "GSM-7, 2 segments, 162 septets\n"
    assert parley("segments", "at 8 – 👍🏽 – \u200b").stdout.splitlines() == [
        "UCS-2, 1 segment, 15 UTF-16 units",
        "forces UCS-2: – (U+2013)",
        "forces UCS-2: 👍🏽 (U+1F44D U+1F3FD)",
        "forces UCS-2:   (U+200B)",
    ]


def test_the_environment_overrides_the_development_file(
    parley: Run, development_folder: Path, development_server: Server
) -> None:
    ended = parley("curl", "counter", folder=development_folder, TWILIO_AUTH_TOKEN="another")
    assert f"http://127.0.0.1:{development_server.port}/sms/counter" in ended.stdout


def test_settings_are_shown_without_their_secrets(parley: Run) -> None:
    account = "AC" + "0123456789abcdef" * 2
    more = {"TWILIO_ALLOWED_ACCOUNTS": account, "PUBLIC_URL": "https://u:hunter2@sms.example.com/p"}
    key = account.replace("AC", "SK")
    more |= {"TWILIO_ACCOUNT_SID": account, "TWILIO_API_KEY": key, "TWILIO_API_SECRET": "hunter2"}
    ended = parley("settings", **{**SETTINGS, "SESSION_SECRET": f"{SECRET},{SECRET}", **more})
    assert ended.returncode == 0
    shown = dict(line.split(maxsplit=1) for line in ended.stdout.splitlines())
    assert shown["PUBLIC_URL"] == "https://sms.example.com/p"
    assert re.fullmatch("1 given: [0-9a-f]{6} of 32 characters", shown["TWILIO_AUTH_TOKEN"])
    each = f"([0-9a-f]{{6}}) of {len(SECRET)} characters"
    both = re.fullmatch(f"2 given: {each}, {each}", shown["SESSION_SECRET"])
    assert both, shown["SESSION_SECRET"]
    assert both[1] == both[2], "one secret has two fingerprints"
    assert shown["TWILIO_ALLOWED_ACCOUNTS"] == "AC01…ef"
    assert shown["TWILIO_ACCOUNT_SID"] == "AC01…ef"
    assert shown["TWILIO_API_KEY"] == "SK01…ef"
    assert re.fullmatch("1 given: [0-9a-f]{6} of 7 characters", shown["TWILIO_API_SECRET"])
    for secret in (TOKEN, SECRET, account, key, "hunter2"):
        assert secret not in ended.stdout + ended.stderr


def test_every_setting_of_the_example_is_listed(parley: Run) -> None:
    example = (Path(__file__).parents[2] / ".env.example").read_text()
    names = set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))
    shown = {line.split()[0] for line in parley("settings", **SETTINGS).stdout.splitlines()}
    assert shown == names


def test_every_problem_with_settings_is_listed(parley: Run) -> None:
    ended = parley("settings", LOG_FORMAT="xml")
    assert ended.returncode == 1
    for name in ("PUBLIC_URL", "TWILIO_AUTH_TOKEN", "SESSION_SECRET", "LOG_FORMAT"):
        assert f"- {name}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_text_uses_the_given_url_and_numbers(parley: Run, development_server: Server) -> None:
    url = f"http://127.0.0.1:{development_server.port}"
    log = development_server.log()
    for given in (url, f"{url}/", f"{url}/sms/counter"):
        numbers = ("--from", "whatsapp:+15551230001", "--to", "12345", "--media", "https://a.b/c")
        ended = parley(
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
    parley: Run, development_folder: Path, kind: tuple[str, ...]
) -> None:
    cookie = ""
    for count, body in enumerate(BODIES):
        arguments = ("--body", body, "--from", "+15551230001", "--cookie", cookie, *kind)
        command = parley("curl", "counter", *arguments, folder=development_folder)
        assert command.returncode == 0, command.stderr
        answer = printed(development_folder, ["/bin/sh"], typed=command.stdout)
        assert answer.startswith("HTTP/1.1 200 OK"), answer
        said = f"Your current count is {count}" if count else "Hello, thanks for the new message!"
        assert f"<Message>{said}</Message>" in answer
        cookie = next(line for line in answer.splitlines() if line.startswith("Set-Cookie: "))


def test_a_value_that_no_command_line_can_contain_is_an_error() -> None:
    with pytest.raises(ValueError, match="NUL"):
        curl(PUBLIC_URL, {"Body": "a\0b"}, TOKEN)


SIGNATURES = (Path(__file__).parents[2] / "docs/signatures.md").read_text()
RECIPES = re.findall(r"^```sh\n(.*?)^```$", SIGNATURES, re.MULTILINE | re.DOTALL)


def run_recipes(folder: Path, *recipes: str, port: int) -> str:
    """Run recipes from the documentation with another port, and return their output."""
    commands = "".join(recipes).replace("127.0.0.1:8000", f"127.0.0.1:{port}")
    typed = commands.replace(".venv/bin/parley", shlex.quote(PARLEY))
    return printed(folder, ["/bin/sh"], typed=typed)


def test_the_recipes_in_the_documentation_work(
    development_folder: Path, development_server: Server
) -> None:
    form, curl_file, sign_file, bare, explain = RECIPES
    assert "explain" in explain
    port, log = development_server.port, development_server.log()
    for recipes in ((form,), (curl_file,), (curl_file, sign_file)):
        printed = run_recipes(development_folder, *recipes, port=port)
        assert printed.count("<Message>Hello, thanks for the new message!") == len(recipes)
    assert "in production this request is rejected" not in development_server.log()
    assert "HTTP/1.1 200 OK" in run_recipes(development_folder, bare, port=port)
    (warning,) = [
        line
        for line in development_server.log().removeprefix(log).splitlines()
        if "in production this request is rejected (403)" in line
    ]
    assert "WARNING" in warning
    assert "parley sign URL --json FILE" in warning


def test_json_from_a_file_is_signed_unchanged(parley: Run, tmp_path: Path) -> None:
    body = '{"Body":  "it\'s é",\n "From": "+1555"}\n'.encode()
    (tmp_path / "message.json").write_bytes(body)
    url = f"{PUBLIC_URL}/sms/counter?a=1"
    signed = parley("sign", url, "--json", "message.json", TWILIO_AUTH_TOKEN=TOKEN)
    called, printed = signed.stdout.splitlines()
    assert called == f"{url}&bodySHA256={sha256(body).hexdigest()}"
    assert printed == signature(called)
    command = parley("curl", "counter", "--json", "message.json", **SETTINGS).stdout
    words = shlex.split(command)
    assert words[words.index("--data-raw") + 1].encode() == body
    assert f"{PUBLIC_URL}/sms/counter?bodySHA256={sha256(body).hexdigest()}" in words


@pytest.mark.parametrize(
    ("content", "arguments", "sentence"),
    [
        (b"[]", ("sign", PUBLIC_URL), "message.json: the JSON is not an object."),
        (b'{"a": NaN}', ("curl", "counter"), "message.json: the body is not JSON in UTF-8."),
        (b"\xff\xfe", ("curl", "counter"), "message.json: the body is not JSON in UTF-8."),
        (b"{}", ("curl", "counter", "--get"), "A GET has no body: give --get or --json."),
        (b"{}", ("sign", PUBLIC_URL, "a=b"), "Give the parameters or --json, not both."),
        (None, ("curl", "counter"), "message.json cannot be read: No such file or directory."),
        (None, ("sign", PUBLIC_URL), "'message.json': No such file or directory"),
    ],
)
def test_json_that_would_be_rejected_is_not_signed(
    parley: Run,
    tmp_path: Path,
    content: bytes | None,
    arguments: tuple[str, ...],
    sentence: str,
) -> None:
    if content is not None:
        (tmp_path / "message.json").write_bytes(content)
    ended = parley(*arguments, "--json", "message.json", **SETTINGS)
    assert ended.returncode in (1, 2)
    assert sentence in ended.stderr
    assert ended.stdout == ""
