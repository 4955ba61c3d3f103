"""Senders that get no reply: blocked numbers, short codes, and alphanumeric sender IDs."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from parley.senders import BLOCKED, UNANSWERABLE, Senders
from parley.settings import Settings, SettingsError
from tests.webhook import SETTINGS, Twilio, message, said

SPAMMER = "+19005550100"
TOKEN = "a bearer token of at least 32 characters".replace(" ", "-")
MakeApp = Callable[..., Flask]


def phone(make_app: MakeApp, from_: str, **settings: str) -> Twilio:
    return Twilio(make_app(**settings).test_client(use_cookies=False), from_=from_)


@pytest.mark.parametrize(
    ("blocked", "address", "expected"),
    [
        (SPAMMER, SPAMMER, True),
        (SPAMMER, f"{SPAMMER}1", False),
        (SPAMMER, SPAMMER[:-1], False),
        (SPAMMER, f"whatsapp:{SPAMMER}", True),
        (f"whatsapp:{SPAMMER}", f"whatsapp:{SPAMMER}", True),
        (f"whatsapp:{SPAMMER}", SPAMMER, False),
        ("+1900*", SPAMMER, True),
        ("+1900*", f"rcs:{SPAMMER}", True),
        ("+1900*", "+19015550100", False),
        ("+1900*", "+449005550100", False),
        ("12345", "12345", True),
        ("12345", "123456", False),
        ("12*", "12345", True),
        ("12*", "+12345678901", False),
        ("MYBANK", "MYBANK", True),
    ],
)
def test_a_number_or_a_prefix_is_blocked(blocked: str, address: str, *, expected: bool) -> None:
    why = Senders(["+15550000000", blocked]).why_ignored(address, is_routed=False)
    assert why == (BLOCKED if expected else "")
    assert Senders().why_ignored(address, is_routed=False) == ""


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("MYBANK", UNANSWERABLE),
        ("My Bank 24", UNANSWERABLE),
        ("12345", UNANSWERABLE),
        ("78787878", UNANSWERABLE),
        (SPAMMER, ""),
        (f"whatsapp:{SPAMMER}", ""),
        ("rcs:agent", ""),
        ("messenger:1234", ""),
    ],
)
def test_a_short_code_or_an_alphanumeric_sender_gets_no_reply(address: str, expected: str) -> None:
    assert Senders().why_ignored(address, is_routed=True) == expected
    assert Senders().why_ignored(address, is_routed=False) == ""


@pytest.mark.parametrize("path", ["/sms", "/sms/counter", "/sms/fallback"])
def test_a_blocked_sender_gets_no_reply_at_any_url(
    make_app: MakeApp, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    twilio = phone(make_app, SPAMMER, BLOCKED_NUMBERS="+15550000000, +1900*")
    answer = twilio.post(path, message("hi", from_=SPAMMER), Cookie="parley=kept")
    assert (answer.status_code, said(answer)) == (200, [])
    assert "Set-Cookie" not in answer.headers
    assert SPAMMER not in caplog.text
    assert said(twilio.post(path, message("hi"))) != []
    if path != "/sms/fallback":
        line = caplog.records[0].getMessage()
        assert 'from=+1900…00 to=+1555…02 note="a blocked sender"' in line


def test_a_blocked_sender_is_counted(make_app: MakeApp) -> None:
    app = make_app(BLOCKED_NUMBERS=SPAMMER, METRICS_TOKEN=TOKEN)
    client = app.test_client(use_cookies=False)
    Twilio(client, from_=SPAMMER).text("counter")
    page = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    assert 'parley_turns_total{flow="counter",outcome="ignored"} 1.0' in page
    assert 'parley_turns_total{flow="counter",outcome="answered"} 0.0' in page


@pytest.mark.parametrize(("sender", "kind"), [("MYBANK", "alphanumeric"), ("12345", "short code")])
def test_a_short_code_or_an_alphanumeric_sender_gets_no_reply_at_the_shared_webhook(
    make_app: MakeApp, caplog: pytest.LogCaptureFixture, sender: str, kind: str
) -> None:
    caplog.set_level("INFO")
    twilio = phone(make_app, sender)
    assert twilio.hears("", "Your code is 1234") == ""
    shown = kind if " " not in kind else f'"{kind}"'
    assert f'from={shown} to=+1555…02 note="a sender that cannot be answered"' in caplog.text
    assert twilio.hears("counter").startswith("Hello")


def test_a_file_has_one_entry_per_line(make_app: MakeApp, tmp_path: Path) -> None:
    file = tmp_path / "blocked"
    file.write_text(f"+15550000000\r\n{SPAMMER}, 12345\n\n")
    twilio = phone(make_app, SPAMMER, BLOCKED_NUMBERS_FILE=str(file))
    assert twilio.hears("counter") == ""
    file.write_text("")
    assert phone(make_app, SPAMMER, BLOCKED_NUMBERS_FILE=str(file)).hears("counter") != ""


@pytest.mark.parametrize("wrong", ["15550000000", "*", "+*", "+1900**", "+1 900 555 0100", "1*2"])
def test_an_invalid_entry_is_an_error_that_does_not_repeat_it(wrong: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.load({**SETTINGS, "BLOCKED_NUMBERS": f"+15550000000,{wrong}"})
    (problem,) = caught.value.problems
    assert problem.startswith("BLOCKED_NUMBERS: entry 2 is not a number. Write it in full")
    assert wrong not in problem.replace("+1900*", "").replace("and *", "")


def test_an_unreadable_file_is_an_error() -> None:
    with pytest.raises(SettingsError, match="BLOCKED_NUMBERS_FILE names /nowhere/blocked"):
        Settings.load({**SETTINGS, "BLOCKED_NUMBERS_FILE": "/nowhere/blocked"})
