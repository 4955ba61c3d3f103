from pathlib import Path

import pytest

from tests.server.running import PARLEY, Server, completed, free_port


def chat(folder: Path, typed: str, *arguments: str, **settings: str) -> tuple[str, str]:
    ended = completed(folder, [PARLEY, "chat", "counter", *arguments], typed=typed, **settings)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout, ended.stderr


@pytest.mark.usefixtures("development_server")
def test_it_holds_a_conversation_in_the_terminal(development_folder: Path) -> None:
    typed = "hi\nhi\n/again\n/forget\nhi\n/later 4h\nhi\n/later soon\n/what\n/quit\nnever sent\n"
    out, err = chat(development_folder, typed, "--from", "+15551230007")
    answers = [line for line in out.splitlines() if line.startswith("<")]
    hello = "< Hello, thanks for the new message!"
    one = "< Your current count is 1"
    assert answers == [hello, one, one, hello, hello]
    assert "It is 4h later." in out
    assert "Say how much later: /later 4h" in out
    assert "There are /forget the cookie, /later 4h, /again, /quit." in out
    assert err == ""


def test_it_ends_at_the_end_of_the_input(
    development_folder: Path, development_server: Server
) -> None:
    url = f"http://127.0.0.1:{development_server.port}"
    out, _ = chat(development_folder, "/again\nhi\n", "--url", url)
    assert "Nothing has been texted yet." in out
    assert "< Hello, thanks for the new message!" in out


def test_it_goes_on_after_a_text_without_a_response(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    out, err = chat(tmp_path, "hi\n/later 1s\n", "--url", url, TWILIO_AUTH_TOKEN="x")
    assert "Connection refused" in err
    assert "It is 1s later." in out
