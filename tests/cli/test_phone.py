"""`parley phone`: the page on the author's machine, for a deployed server."""

import json
from collections.abc import Iterator

import pytest

from tests.cli.conftest import Run
from tests.server.relay import Relay
from tests.server.running import PARLEY, ROOT, Server, clean_environ, free_port, served, until
from tests.webhook import ALICE, APP, SECRET, TOKEN

LINE = {"flow": "counter", "from": ALICE, "to": APP}


def is_open(server: Server) -> None:
    def answers() -> bool:
        try:
            return server.ask("GET", "/phone/server")[0] == 200
        except OSError:
            return False

    until(answers)


@pytest.fixture(scope="module")
def page(deployed: Relay, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    port, folder = free_port(), tmp_path_factory.mktemp("phone")
    command = [PARLEY, "phone", "--url", deployed.url, "--port", str(port)]
    environ = clean_environ(
        TWILIO_AUTH_TOKEN=TOKEN,
        SESSION_SECRET=SECRET,
        SSL_CERT_FILE=str(deployed.bundle),
        PYTHONUNBUFFERED="1",
        FLOWS=str(ROOT / "app/flows"),
    )
    with served(command, folder, port, until=is_open, env=environ) as server:
        yield server


def act(page: Server, action: str, **given: str) -> tuple[int, str]:
    headers = {"Origin": f"http://127.0.0.1:{page.port}", "Content-Type": "application/json"}
    body = json.dumps({**LINE, **given}).encode()
    return page.ask("POST", f"/phone/{action}", body, headers)[:2]


@pytest.mark.live
def test_the_deployed_server_answers_its_texts(page: Server, deployed: Relay) -> None:
    assert page.log().startswith(
        f"The phone for localhost is at http://127.0.0.1:{page.port}/phone/ (Ctrl-C ends it)."
    )
    for body, answer in (("hi", "Hello, thanks"), ("hi again", "Your current count is 1")):
        status, text = act(page, "text", body=body)
        assert status == 200
        seen = json.loads(text)
        assert seen["messages"][-1]["body"].startswith(answer)
    assert seen["cookie"]["remembered"] == {"count": 2}
    assert deployed.asked[-1][:2] == ("POST", "/sms/counter")
    assert "hi again" not in page.log()


@pytest.mark.live
def test_the_page_shows_the_url_that_it_texts(page: Server) -> None:
    status, text, _ = page.ask("GET", "/phone/")
    assert status == 200
    assert "What you type goes to <b>localhost</b>, signed as Twilio would." in text
    assert TOKEN not in text
    assert page.ask("GET", "/")[0] == 302
    assert page.ask("GET", "/sms/counter")[:2] == (404, "There is nothing here.\n")


@pytest.mark.live
@pytest.mark.threat("S22")
@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"X-Forwarded-For": "1.2.3.4"}],
)
def test_it_signs_only_for_its_own_page_on_this_machine(
    page: Server, headers: dict[str, str]
) -> None:
    ours = {"Origin": f"http://127.0.0.1:{page.port}", "Content-Type": "application/json"}
    body = json.dumps({**LINE, "body": "hi"}).encode()
    assert page.ask("POST", "/phone/text", body, {**ours, **headers})[0] == 403


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "TWILIO_AUTH_TOKEN is not set"),
        ({"TWILIO_AUTH_TOKEN": TOKEN, "FLOWS": "nowhere"}, "Name the flows of the server"),
    ],
)
def test_missing_settings_are_reported(
    parley: Run, settings: dict[str, str], sentence: str
) -> None:
    ended = parley("phone", "--url", "https://sms.example.com", **settings)
    assert ended.returncode == 1
    assert sentence in ended.stderr


def test_without_the_projects_flows_a_flow_is_given_by_name() -> None:
    from parley.settings import Settings
    from parley.web.remote_phone import make_remote_phone

    environ = {"PUBLIC_URL": "https://sms.example.com", "TWILIO_AUTH_TOKEN": TOKEN}
    _, phone = make_remote_phone(Settings.examine(environ)[0], "http://127.0.0.1:1", ("lunch",))
    assert (list(phone.flows), phone.chosen) == (["menu", "lunch"], "lunch")
    assert phone.webhook("lunch").url == "https://sms.example.com/sms/lunch"
    assert phone.open_cookie("parley=1", "lunch", ALICE, APP) == {
        "reason": "SESSION_SECRET is not set here"
    }
    assert phone.file("picture.jpg") == "http://127.0.0.1:1/phone/static/picture.jpg"
