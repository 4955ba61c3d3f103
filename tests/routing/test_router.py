"""One number and several flows: the flow that answers a text at `/sms`."""

import itertools
import logging
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from flask import Flask

from parley import create_app
from parley.settings import Settings, SettingsError
from parley.testing import Clock
from tests.webhook import SETTINGS, Twilio, message

KEYWORDS = {"book": "booking", "opinion": "opinion", "count": "counter"}
MENU = (
    "Text one of these words:\n"
    "BOOK: Book an appointment\nOPINION: Ask for an opinion\nCOUNT: Count texts"
)
WHICH = "Haircut or shave?\n1. haircut\n2. shave"
DOOR = ""
"""The path after `/sms/` of the webhook for all flows."""


APPLICATIONS: list[Flask] = []
DATABASE: dict[str, str] = {}
"""The database settings, while a test runs with a database."""
_numbers = itertools.count()


@pytest.fixture(autouse=True, params=["cookie", "database"])
def memory(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run each test with both kinds of memory: with a database, no cookie is needed."""
    if request.param == "database":
        url = request.getfixturevalue("database_url")
        DATABASE.update(DATABASE_URL=url, DATABASE_CONNECTIONS="1")
    yield request.param
    DATABASE.clear()
    while APPLICATIONS:
        APPLICATIONS.pop().extensions["parley"].memory.close()


def phone(
    *routes: Mapping[str, Any], clock: Clock | None = None, to: str = "+15559870002", **more: str
) -> Twilio:
    settings = Settings.load({**SETTINGS, "TIME_ZONE": "UTC", **DATABASE, **more})
    app = create_app(settings, flows=["tests.routing.shop"], routes=routes, clock=clock or Clock())
    APPLICATIONS.append(app)
    return Twilio(app.test_client(), f"+1555123{next(_numbers):04}", to)


def test_a_text_that_is_not_a_keyword_gets_the_menu() -> None:
    twilio = phone({"keywords": KEYWORDS})
    assert twilio.hears(DOOR, "hello?") == MENU
    assert len(twilio.cookie) < 100, "the menu stores more than the limits"
    twilio = phone({"keywords": KEYWORDS}, RATE_LIMITS="off")
    assert twilio.hears(DOOR, "hello?") == MENU
    assert twilio.cookie == ""


def test_a_keyword_starts_a_script_despite_its_triggers() -> None:
    twilio = phone({"keywords": {"say": "opinion", **KEYWORDS}})
    assert twilio.hears(DOOR, "Say, please") == "What do you think?"
    assert twilio.hears(DOOR, "nice") == "Thanks for: nice"


def test_a_running_script_takes_precedence_over_keywords() -> None:
    twilio = phone({"keywords": KEYWORDS, "default": "counter"})
    assert twilio.hears(DOOR, "book") == "Your name?"
    assert twilio.hears(DOOR, "count") == WHICH
    assert twilio.hears(DOOR, "shave") == "shave for count?"
    assert twilio.hears(DOOR, "yes") == "Booked: shave for count."
    assert twilio.hears(DOOR, "count") == "1: count"


def test_a_plain_flow_allows_other_keywords_and_keeps_its_session() -> None:
    twilio = phone({"keywords": KEYWORDS, "default": "counter"})
    assert twilio.hears(DOOR, "a") == "1: a"
    assert twilio.hears(DOOR, "b") == "2: b"
    assert twilio.hears(DOOR, "opinion") == "What do you think?"
    assert twilio.hears(DOOR, "fine") == "Thanks for: fine"
    assert twilio.hears(DOOR, "a") == "1: a"


@pytest.mark.parametrize("word", ["menu", "MENU", " Menu. "])
def test_the_menu_word_leaves_a_script(word: str) -> None:
    twilio = phone({"keywords": KEYWORDS})
    twilio.hears(DOOR, "book")
    assert twilio.hears(DOOR, word) == MENU
    assert twilio.hears(DOOR, "Ada") == MENU


def test_the_menu_word_can_be_changed_or_disabled() -> None:
    other = phone({"keywords": KEYWORDS, "menu": "list"})
    other.hears(DOOR, "book")
    assert other.hears(DOOR, "menu") == WHICH
    assert other.hears(DOOR, "list") == MENU
    none = phone({"keywords": KEYWORDS, "menu": ""})
    none.hears(DOOR, "book")
    assert none.hears(DOOR, "menu") == WHICH


def test_a_script_can_continue_with_another() -> None:
    twilio = phone({"keywords": KEYWORDS})
    for said in ("book", "Ada", "shave"):
        twilio.hears(DOOR, said)
    assert twilio.hears(DOOR, "no") == "Not booked.\nWhat do you think?"
    assert twilio.hears(DOOR, "book") == "Thanks for: book"


@pytest.mark.parametrize(
    ("flow", "reason"),
    [("here", "more than 5 handovers"), ("nowhere", "has goto 'moon', which does not exist")],
)
def test_continuing_with_an_unknown_flow_is_a_failure(
    caplog: pytest.LogCaptureFixture, flow: str, reason: str
) -> None:
    twilio = phone({"default": flow})
    assert twilio.text(DOOR, "hi").status_code == 500
    assert reason in caplog.text


def test_the_log_has_the_failure_before_a_change_of_flow(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="parley")
    assert phone({"default": "closed-shop"}).hears(DOOR, "hi") == "What do you think?"
    assert 'note="call prices failed: no answer"' in caplog.text
    assert "flow=opinion" in caplog.text


def test_a_flow_at_its_own_url_has_no_goto(caplog: pytest.LogCaptureFixture) -> None:
    assert phone().text("here", "hi").status_code == 500
    assert "works only at the webhook of all flows" in caplog.text


def test_the_route_depends_on_the_number_and_then_the_service() -> None:
    routes: list[dict[str, Any]] = [
        {"to": ["+15550009999", "whatsapp:+15550009999"], "default": "counter"},
        {"service": "MG00000000000000000000000000000001", "default": "opinion"},
        {"keywords": KEYWORDS},
    ]
    service = {"MessagingServiceSid": "MG00000000000000000000000000000001"}
    assert phone(*routes, to="+15550009999").hears(DOOR, "x", **service) == "1: x"
    assert phone(*routes, to="whatsapp:+15550009999").hears(DOOR, "x") == "1: x"
    assert phone(*routes).hears(DOOR, "opinion", **service) == "What do you think?"
    assert phone(*routes).hears(DOOR, "x") == MENU


def test_a_number_without_a_route_is_rejected(caplog: pytest.LogCaptureFixture) -> None:
    twilio = phone({"to": "+15550009999", "default": "counter"})
    assert twilio.text(DOOR, "x").status_code == 404
    assert "add a route for this number" in caplog.text
    assert twilio.to not in caplog.text


def test_outside_of_hours_a_running_script_continues_and_none_starts() -> None:
    clock = Clock(1_796_029_140.0)  # Monday, 2026-11-30, 8:59 UTC
    route = {"keywords": KEYWORDS, "hours": "Mon 9:00-17:00", "closed": "We open at 9."}
    twilio = phone(route, clock=clock)
    assert twilio.hears(DOOR, "book") == "We open at 9."
    clock.later(60)
    assert twilio.hears(DOOR, "book") == "Your name?"
    clock.later(3 * 3600)
    twilio.hears(DOOR, "Ada")
    clock.later(3 * 3600)
    twilio.hears(DOOR, "shave")
    clock.later(3 * 3600)
    assert twilio.hears(DOOR, "yes") == "Booked: shave for Ada."
    assert twilio.hears(DOOR, "book") == "We open at 9."


def test_the_flow_defines_the_lifetime_of_the_session(memory: str) -> None:
    clock = Clock()
    twilio = phone({"keywords": KEYWORDS}, clock=clock)
    answer = twilio.text(DOOR, "opinion")
    assert memory == "database" or "Max-Age=60" in answer.headers["Set-Cookie"]
    clock.later(61)
    assert twilio.hears(DOOR, "late") == MENU


def test_the_shared_webhook_has_its_own_sessions(memory: str) -> None:
    twilio = phone({"default": "counter"})
    twilio.hears(DOOR, "a")
    assert twilio.hears("counter", "b") == "1: b"
    assert twilio.hears(DOOR, "c") == ("2: c" if memory == "database" else "1: c")


def test_stop_deletes_the_session_and_help_does_not() -> None:
    twilio = phone({"keywords": KEYWORDS})
    twilio.hears(DOOR, "book")
    assert twilio.hears(DOOR, "HELP") == ""
    assert twilio.hears(DOOR, "Ada") == WHICH
    assert twilio.hears(DOOR, "START") == WHICH
    assert twilio.hears(DOOR, "STOP") == ""
    assert twilio.hears(DOOR, "shave") == MENU


def test_a_repeated_delivery_of_a_keyword_asks_the_same_question() -> None:
    twilio = phone({"keywords": KEYWORDS})
    sid = {"MessageSid": "SM000000000000000000000000000000aa"}
    assert twilio.hears(DOOR, "book", **sid) == "Your name?"
    assert twilio.hears(DOOR, "book", **sid) == "Your name?"


def test_the_log_names_the_flow_that_answered(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    twilio = phone({"keywords": KEYWORDS})
    twilio.hears(DOOR, "book")
    twilio.hears(DOOR, "menu")
    turns = [each.getMessage() for each in caplog.records if " flow=" in each.getMessage()]
    assert ["flow=booking" in turns[0], "flow=menu" in turns[1]] == [True, True]


def test_invalid_routes_are_errors() -> None:
    with pytest.raises(SettingsError, match="names the flow 'lunch', which does not exist"):
        phone({"default": "lunch"})
    with pytest.raises(SettingsError, match="cannot be read"):
        phone(ROUTES_FILE="/nowhere/routes.toml")


def test_too_many_texts_get_one_rejection_and_then_no_reply() -> None:
    clock = Clock()
    twilio = phone({"default": "counter"}, clock=clock)
    said = [twilio.hears(DOOR, f"text {number}") for number in range(33)]
    assert said[29].startswith("30: ")
    assert said[30] == "You have sent many texts. Please wait a minute, then text again."
    assert said[31:] == ["", ""]
    clock.later(2)
    assert twilio.hears(DOOR, "again") == "31: again", "the flow lost its session"


@pytest.mark.parametrize("words", [("STOP", "START"), ("stop", "HELP", "yes"), ("STOP",)])
def test_stop_and_start_do_not_reset_the_limits(words: tuple[str, ...]) -> None:
    clock = Clock()
    twilio = phone({"default": "counter"}, clock=clock)
    said = ""
    for number in range(31):
        said = twilio.hears(DOOR, f"text {number}")
    assert said.startswith("You have sent many texts.")
    for word in words:
        assert twilio.hears(DOOR, word) == ""
    assert twilio.hears(DOOR, "again") == ""
    clock.later(2)
    assert twilio.hears(DOOR, "again") == "1: again", "STOP must delete only the flow's session"
    assert twilio.hears(DOOR, "more").startswith("You have sent many texts.")


def test_stop_and_start_do_not_reset_a_loop() -> None:
    twilio = phone({"keywords": KEYWORDS})
    said = []
    for _ in range(4):
        said += [twilio.hears(DOOR, text) for text in (MENU, "STOP", "START")]
    assert said[::3] == [MENU, MENU, "", ""]


def test_without_limits_stop_and_start_set_no_cookie() -> None:
    twilio = phone({"default": "counter"}, RATE_LIMITS="off")
    for word in ("hi", "STOP", "START"):
        twilio.text(DOOR, word)
    assert twilio.cookie == ""


def test_a_keyword_before_any_other_text_sets_no_cookie_for_limits() -> None:
    twilio = phone({"default": "counter"})
    assert "Set-Cookie" not in twilio.text(DOOR, "HELP").headers


def test_at_a_short_code_the_limits_include_replies_to_keywords() -> None:
    """There this server answers HELP and STOP itself, and each reply costs money."""
    clock = Clock()
    twilio = phone({"default": "counter"}, clock=clock, to="12345")
    helped = [twilio.hears(DOOR, "HELP") for _ in range(6)]
    assert all(helped[:4])
    assert helped[4:] == ["", ""]
    words = ("STOP", "START", "HELP") * 12
    answers = [twilio.hears(DOOR, word) for word in words]
    assert sum(map(bool, answers)) == 24, "six of the 30 texts were used for HELP"
    assert twilio.hears(DOOR, "hi").startswith("You have sent many texts.")
    clock.later(2)
    assert (
        twilio.hears(DOOR, "STOP")
        == "You will get no more texts from us. Reply START to get them again."
    )


def test_help_does_not_change_the_lifetime_of_a_session() -> None:
    clock = Clock()
    twilio = phone({"keywords": KEYWORDS}, clock=clock)
    twilio.hears(DOOR, "opinion")
    assert twilio.hears(DOOR, "HELP") == ""
    clock.later(61)
    assert twilio.hears(DOOR, "late") == MENU


def test_two_servers_that_text_each_other_stop_within_six_messages() -> None:
    one, other = phone({"keywords": KEYWORDS}), phone({"keywords": KEYWORDS})
    said, messages = "hello", 1
    while said and messages < 20:
        said = (other if messages % 2 else one).hears(DOOR, said)
        messages += bool(said)
    assert messages <= 6


@pytest.mark.parametrize("memory", ["cookie"], indirect=True)
def test_the_limits_cost_at_most_24_bytes() -> None:
    on, off = phone({"default": "counter"}), phone({"default": "counter"}, RATE_LIMITS="off")
    for each in (on, off):
        each.hears(DOOR, "hi")
    assert 0 < len(on.cookie) - len(off.cookie) <= 24


@pytest.mark.threat("S4")
@pytest.mark.parametrize("name", ["/counter", ""])
def test_a_signature_for_a_flows_url_is_rejected(name: str) -> None:
    twilio = phone({"default": "counter"})
    form = {name: "", **message("hi")}
    assert twilio.post("/sms", form).status_code == 400
