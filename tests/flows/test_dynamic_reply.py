import pytest

from parley.testing import Sms

UNSURE = "Not sure what you meant! Please say hello or bye!"


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("hello", "Hello, there!"),
        ("HeLLo", "Hello, there!"),
        ("bye, and hello to your mother", "Hello, there!"),
        ("Othello", "Hello, there!"),
        ("bye", "Goodbye!"),
        ("GOODBYE.", "Goodbye!"),
        ("hell o", UNSURE),
        ("", UNSURE),
        ("😀", UNSURE),
    ],
)
def test_it_replies_to_each_greeting(sms: Sms, body: str, answer: str) -> None:
    assert sms.text("dynamic-reply", body) == answer
