from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.server.running import Server, free_port
from tests.services.upstream import said, sends, source


@pytest.mark.usefixtures("development_server")
def test_it_holds_a_conversation_and_prints_it(parley: Run, development_folder: Path) -> None:
    ended = parley("text", "counter", "hi", "hi again", folder=development_folder)
    assert ended.stdout.splitlines() == [
        "> hi",
        "< Hello, thanks for the new message!",
        "> hi again",
        "< Your current count is 1",
    ]
    assert (ended.stderr, ended.returncode) == ("", 0)


@pytest.mark.usefixtures("development_server")
def test_the_shared_webhook_is_texted_by_its_path(parley: Run, development_folder: Path) -> None:
    ended = parley("text", "/sms", "hello?", "counter", folder=development_folder)
    assert ended.stdout.startswith("> hello?\n< Text one of these words:\n")
    assert ended.stdout.endswith("> counter\n< Hello, thanks for the new message!\n")


def test_the_server_prints_in_three_lines_how_to_text_it(development_server: Server) -> None:
    first, second, third = development_server.log().splitlines()[:3]
    assert first.startswith(f"Parley answers at http://127.0.0.1:{development_server.port} ")
    assert f"http://127.0.0.1:{development_server.port}/phone/ " in second
    assert second.endswith("parley text appointment hi")
    assert "appointment, brief-counter, counter, directory, dynamic-reply" in third


@pytest.mark.usefixtures("development_server")
def test_a_refusal_is_printed_and_exits_1(parley: Run, development_folder: Path) -> None:
    ended = parley("text", "nope", "hi", folder=development_folder)
    assert ended.stdout.splitlines() == ["> hi", "! 404 There is no such flow here."]
    assert ended.returncode == 1


def test_escape_sequences_in_a_reply_are_not_printed(parley: Run) -> None:
    document = "<Response><Message>a\u009bb\u202e</Message><Redirect/></Response>".encode()
    odd = sends(said(document, "200 OK", "Content-Type: text/xml"))
    with source(*[odd] * 10) as (url, _):
        ended = parley("text", "counter", "hi", "--url", url, TWILIO_AUTH_TOKEN="x")
    assert ended.stdout.count("< a\\x9bb\\u202e\n") == 10
    assert "more than 10 redirects" in ended.stdout
    assert ended.returncode == 1
    with source(sends(said(b"\x1b]0;pwned\x07", "500 Oops"))) as (url, _):
        ended = parley("text", "counter", "hi", "--url", f"{url}#rc=0", TWILIO_AUTH_TOKEN="x")
    assert "! 500 \\x1b]0;pwned\\x07" in ended.stdout


def test_connection_overrides_stay_at_the_end_of_the_url(parley: Run) -> None:
    busy = sends(said(b"", "503 Busy"))
    hello = said(b"<Response><Message>x</Message></Response>", "200 OK", "Content-Type: text/xml")
    with source(busy, sends(hello)) as (url, asked):
        server = url.removesuffix("/doge")
        arguments = ("text", "counter", "hi", "--url", f"{server}#rc=1&rp=all")
        assert parley(*arguments, TWILIO_AUTH_TOKEN="x").returncode == 0
    assert [each.split(b" ")[1] for each in asked] == [b"/sms/counter"] * 2
    ended = parley("text", "counter", "hi", "--url", f"{server}?a=b", TWILIO_AUTH_TOKEN="x")
    assert "ends before the path of a flow" in ended.stderr


def test_without_settings_it_says_what_to_do(parley: Run) -> None:
    ended = parley("text", "counter", "hi")
    assert ended.returncode == 1
    assert "start the server with `make run`" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_without_a_server_it_says_what_to_do(parley: Run) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    ended = parley("text", "counter", "hi", PUBLIC_URL=url, TWILIO_AUTH_TOKEN="x")
    assert ended.returncode == 1
    assert f"No connection to {url}: Connection refused" in ended.stderr
    assert "`make run` starts it" in ended.stderr


def test_init_writes_settings_once(parley: Run, tmp_path: Path) -> None:
    assert "Wrote var/development.env" in parley("init").stdout
    before = (tmp_path / "var/development.env").read_text()
    assert parley("init").stdout == ""
    assert (tmp_path / "var/development.env").read_text() == before
