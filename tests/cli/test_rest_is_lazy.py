"""Twilio's REST client is large: only the commands that call Twilio import it."""

import sys

import pytest

from tests.server.running import ROOT, printed
from tests.webhook import PUBLIC_URL, SETTINGS

CALLS = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "https_proxy": "http://127.0.0.1:1",
    "NO_PROXY": "",
    "no_proxy": "",
}
SERVER = """
import parley.services, parley.web.simulator, wsgi
assert wsgi.app.test_client().get("/healthz").data == b"ok\\n"
"""
COMMANDS = """
from click.testing import CliRunner
from parley.cli import sms
ended = CliRunner().invoke(sms, sys.argv[1:])
assert not isinstance(ended.exception, Exception), ended.exception
"""
OTHERS = f"""
for arguments in (
    ["--help"], ["flows"], ["settings"], ["curl", "counter"], ["sign", "{PUBLIC_URL}"],
    ["segments", "hi"], ["explain", "{PUBLIC_URL}/sms/counter", "--signature", "x"],
    ["text", "counter", "hi", "--url", "http://127.0.0.1:1"], ["chat", "counter"],
    ["send", "+15551230001", "no sender"], ["check", "--url", "https://127.0.0.1:1"],
    ["connect", "+15551230000", "counter"],
):
    sys.argv[1:] = arguments
    {COMMANDS.strip().replace(chr(10), chr(10) + "    ")}
"""
LARGE = ("twilio.rest", "requests", "urllib3")


def loaded(code: str, *arguments: str, **settings: str) -> list[str]:
    """Return the large modules that are loaded after running some code in a new process."""
    shown = f"\nprint([name for name in {LARGE} if name in sys.modules])"
    command = [sys.executable, "-c", f"import sys\n{code}{shown}", *arguments]
    found = printed(ROOT, command, **SETTINGS, **settings)
    return found.strip("[]\n").replace("'", "").split(", ")


def test_the_server_never_loads_it() -> None:
    assert loaded(SERVER) == [""]


def test_no_other_command_loads_it() -> None:
    """Commands that call Twilio do not load it either before they have a request to send."""
    assert loaded(OTHERS) == [""]


@pytest.mark.parametrize(
    "arguments",
    [
        ("send", "+15551230001", "hi", "--from", "+15551230000"),
        ("check", "--url", "https://127.0.0.1:1", "--number", "+15551230000"),
    ],
)
def test_commands_that_call_twilio_load_it(arguments: tuple[str, ...]) -> None:
    assert loaded(COMMANDS, *arguments, **CALLS) == list(LARGE)
