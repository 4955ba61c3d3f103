from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.server.running import Server, free_port


@pytest.mark.usefixtures("development_server")
def test_it_holds_a_conversation_and_prints_it(flask_sms: Run, development_folder: Path) -> None:
    ended = flask_sms("text", "counter", "hi", "hi again", folder=development_folder)
    assert ended.stdout.splitlines() == [
        "> hi",
        "< Hello, thanks for the new message!",
        "> hi again",
        "< Your current count is 1",
    ]
    assert (ended.stderr, ended.returncode) == ("", 0)


def test_the_server_says_in_three_lines_how_to_text_it(development_server: Server) -> None:
    first, second, third = development_server.log().splitlines()[:3]
    assert first.startswith(f"Parley answers at http://127.0.0.1:{development_server.port} ")
    assert f"http://127.0.0.1:{development_server.port}/phone/ " in second
    assert second.endswith("make text")
    assert "appointment, brief-counter, counter, directory, dynamic-reply" in third


@pytest.mark.usefixtures("development_server")
def test_a_refusal_is_printed_and_exits_1(flask_sms: Run, development_folder: Path) -> None:
    ended = flask_sms("text", "nope", "hi", folder=development_folder)
    assert ended.stdout.splitlines() == ["> hi", "! 404 There is no such flow here."]
    assert ended.returncode == 1


def test_without_settings_it_says_what_to_do(flask_sms: Run) -> None:
    ended = flask_sms("text", "counter", "hi")
    assert ended.returncode == 1
    assert "start the server with `make run`" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_without_a_server_it_says_what_to_do(flask_sms: Run) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    ended = flask_sms("text", "counter", "hi", PUBLIC_URL=url, TWILIO_AUTH_TOKEN="x")
    assert ended.returncode == 1
    assert f"Nothing answers at {url}: Connection refused" in ended.stderr
    assert "`make run` starts it" in ended.stderr


def test_init_writes_settings_once(flask_sms: Run, tmp_path: Path) -> None:
    assert "Wrote var/development.env" in flask_sms("init").stdout
    before = (tmp_path / "var/development.env").read_text()
    assert flask_sms("init").stdout == ""
    assert (tmp_path / "var/development.env").read_text() == before
