"""Scripts: generators as flows, with answers, "back", changes and failures."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from parley.conversation import (
    FlowError,
    Media,
    Message,
    Script,
    ScriptFailed,
    Session,
    call,
    confirm,
    rng,
    script,
)
from parley.conversation.script_state import sid_digest
from tests.conversation.scripts import Sender
from tests.webhook import Twilio, message

IMPORTS = "from parley.conversation import *\n\n\n"


@script
def trip() -> Script:
    """Ask for the start and the destination."""
    start = yield "From where?"
    end = yield "To where?"
    return f"{start} - {end}"


@script
def trip_reordered() -> Script:
    """The same questions after a deploy, in the reverse order."""
    end = yield "To where?"
    start = yield "From where?"
    return f"{start} - {end}"


CHANGED = "Sorry, something changed on our side. Let's start over."


def test_a_changed_script_starts_over_without_mixing_up_answers() -> None:
    sender = Sender(trip)
    sender.says("hi")
    assert sender.says("Rome") == "To where?"
    sender.flow = trip_reordered
    assert sender.says("Oslo") == f"{CHANGED}\nTo where?"
    assert sender.answers == []
    assert sender.says("Oslo") == "From where?"


def test_an_answer_is_never_passed_to_another_question() -> None:
    handed = []

    @script
    def trip() -> Script:
        handed.append((yield "From where?"))
        handed.append((yield "By train?"))
        return "Done."

    @script
    def three() -> Script:
        yield "From where?"
        yield "To where?"
        yield "When?"
        return "Done."

    sender = Sender(three)
    for body in ("hi", "Rome", "Oslo"):
        sender.says(body)
    sender.flow = trip
    assert sender.says("Monday") == f"{CHANGED}\nFrom where?"
    assert handed == ["Rome"]


def test_the_pending_question_may_change() -> None:
    @script
    def trip() -> Script:
        start = yield "From where?"
        number = yield "How many are you?"
        return f"{start} {number}"

    sender = Sender(globals()["trip"])
    sender.says("hi")
    sender.says("Rome")
    sender.flow = trip
    assert sender.says("Oslo").startswith(CHANGED)


@pytest.mark.parametrize(
    "session",
    [
        '{"count": 3}',
        '{"a": [], "m": "", "s": "x"}',
        '{"a": 1, "m": "abc", "s": "x"}',
        '{"a": [], "m": 3, "s": "x"}',
        '{"a": [], "m": "abc", "s": 3}',
    ],
)
def test_a_session_of_another_kind_of_flow_starts_over(session: str) -> None:
    assert Sender(trip, session).says("hi") == f"{CHANGED}\nFrom where?"


def test_a_shorter_script_starts_over() -> None:
    @script
    def short() -> Script:
        start = yield "From where?"
        return f"{start}!"

    sender = Sender(trip)
    sender.says("hi")
    sender.says("Rome")
    sender.flow = short
    assert sender.says("Oslo") == f"{CHANGED}\nFrom where?"


def test_a_repeated_delivery_is_not_a_second_answer() -> None:
    sender = Sender(trip)
    sender.says("hi")
    assert sender.says("Rome", sid="SMagain") == "To where?"
    assert sender.says("Rome", sid="SMagain") == "To where?"
    assert sender.answers == ["Rome"]


def test_the_next_question_does_not_reject_a_repeated_delivery() -> None:
    @script
    def sign_up() -> Script:
        name = yield "Name?"
        sure = yield from confirm(f"{name}, sure?")
        return f"{name} {sure}"

    sender = Sender(sign_up)
    sender.says("hi")
    assert sender.says("Zoë", sid="SMagain") == "Zoë, sure?"
    assert sender.says("Zoë", sid="SMagain") == "Zoë, sure?"
    assert sender.says("yes") == "Zoë True"


def test_a_repeated_delivery_of_back_goes_back_once() -> None:
    @script
    def three() -> Script:
        yield "One?"
        yield "Two?"
        yield "Three?"
        return "Done."

    sender = Sender(three)
    assert [sender.says(each) for each in ("hi", "a", "b")] == ["One?", "Two?", "Three?"]
    assert sender.says("back", sid="SMagain") == "Two?"
    assert sender.says("back", sid="SMagain") == "Two?"
    assert sender.says("back", sid="SMother") == "One?"


def test_a_message_sid_is_stored_as_four_characters() -> None:
    assert len(sid_digest("SM1")) == len(sid_digest("\ud800")) == 4
    assert sid_digest("SM1") != sid_digest("SM2")


def test_a_question_may_contain_a_lone_surrogate() -> None:
    @script
    def echo() -> Script:
        said = yield "What?"
        again = yield f"{said}?"
        return f"{said} {again}"

    sender = Sender(echo)
    assert [sender.says(each) for each in ("hi", "\ud800", "x")][1:] == ["\ud800?", "\ud800 x"]


def test_back_at_the_first_question_asks_it_again() -> None:
    sender = Sender(trip)
    assert sender.says("hi") == sender.says("back") == sender.says("Back.") == "From where?"
    assert sender.answers == []
    assert sender.says("Rome") == "To where?"


def test_a_script_gets_services_and_settings_by_name() -> None:
    @script
    def greet(*, owner: str) -> Script:
        name = yield f"{owner} here. You?"
        return f"Hello, {name}."

    assert [*greet.parameters] == ["seed", "script_defaults", "owner"]
    assert Sender(greet, asked_for={"owner": "Zoë"}).says("hi") == "Zoë here. You?"


def test_a_script_may_use_the_message_of_each_turn() -> None:
    @script
    def order(*, message: Message) -> Script:
        dish = yield f"Hello {message.parameters.get('ProfileName', message.from_)}. Which dish?"
        return f"{dish} for {message.from_}, with {len(message.media)} picture"

    assert [*order.parameters] == ["seed", "script_defaults"]
    first = Message("SM1", "+1", "+2", "hi", parameters={"ProfileName": "Zoë"})
    asked = order(first, Session())
    assert asked.messages[0].body == "Hello Zoë. Which dish?"
    picture = (Media("https://a.b/1"),)
    second = Message("SM2", "+1", "+2", "soup", picture, parameters={"ProfileName": "Zoë"})
    assert order(second, asked.session).messages[0].body == "soup for +1, with 1 picture"


def test_text_from_the_message_is_part_of_the_question() -> None:
    @script
    def order(*, message: Message) -> Script:
        yield f"Hello {message.parameters.get('ProfileName')}. Which dish?"
        return "Thank you."

    asked = order(Message("SM1", "+1", "+2", "hi", parameters={"ProfileName": "A"}), Session())
    renamed = Message("SM2", "+1", "+2", "soup", parameters={"ProfileName": "B"})
    assert order(renamed, asked.session).messages[0].body == (f"{CHANGED}\nHello B. Which dish?")


def test_a_call_runs_once_and_again_after_back() -> None:
    calls = itertools.count(1)

    @script
    def order() -> Script:
        number = yield call(lambda: {"number": [next(calls)]})
        dish = yield f"Order {number['number'][0]}: which dish?"
        weight = yield call(lambda: next(calls))
        drink = yield f"{dish} of {weight} grams. A drink?"
        return f"{number['number']} {dish} {weight} {drink}"

    sender = Sender(order)
    assert sender.says("hi") == "Order 1: which dish?"
    assert sender.says("soup") == "soup of 2 grams. A drink?"
    assert sender.says("back") == "Order 1: which dish?"
    assert sender.says("cake") == "cake of 3 grams. A drink?"
    assert sender.says("tea") == "(1,) cake 3 tea"


def test_random_numbers_are_the_same_for_the_same_message() -> None:
    @script
    def dice() -> Script:
        lots = yield rng()
        first = lots.randrange(10**9)
        yield f"{first}"
        more = yield rng()
        return f"{first} {lots.randrange(10**9)} {more.randrange(10**9)}"

    drawn = set()
    for sid in ("SM1", "SM2"):
        one, two = Sender(dice), Sender(dice)
        first = one.says("hi", sid=sid)
        assert first == two.says("hi", sid=sid)
        last = one.says("go", sid=sid + "0")
        assert last == two.says("go", sid=sid + "0")
        assert last.split()[0] == first
        drawn |= set(last.split())
    assert len(drawn) == 6


def test_the_random_seed_depends_on_the_servers_secret(
    make_app: Callable[..., Flask], guest_flow: Callable[[str, str], None]
) -> None:
    source = "@script\ndef dice() -> Script:\n"
    source += "    yield str((yield rng()).randrange(10**9))\n    return 'x'\n"
    guest_flow("dice", IMPORTS + source)
    form = message()
    secrets = ("a" * 32, "a" * 32, "b" * 32)
    clients = [make_app(SESSION_SECRET=each).test_client(use_cookies=False) for each in secrets]
    first, same, other = (Twilio(client).post("/sms/dice", form) for client in clients)
    assert first.data == same.data != other.data


FAILURES = [
    ("    said = yield 'a?'\n    raise ValueError(said)", "raised ValueError", 7),
    (
        "    yield 'a?'\n    return broken()\n\n\ndef broken(): raise ValueError",
        "raised ValueError",
        10,
    ),
    ("    yield 'a?'\n    yield 3", "yielded int, which is not a step", 7),
    ("    yield 'a?'\n    yield ' '", "asked an empty text", 7),
    ("    yield 'a?'\n    return None", "returned nothing: write `return", 7),
    ("    yield 'a?'\n    return 3", "returned int, which is neither", 7),
    ("    yield 'a?'\n    return ''", "returned an empty text", 7),
    ("    yield 'a?'\n    while True: yield call(int)", "asks nothing in 500 steps", 7),
    ("    yield 'a?'\n    yield call(object)", "called a function whose result is not JSON", 7),
    ("    yield 'a?'\n    yield call(int, 'x')", "raised ValueError in a call", 7),
    (
        "    yield 'a?'\n    yield from choice('b?', [n for n in ('x', 'STOP')])",
        "has a question that uses",
        7,
    ),
    (
        "    yield 'a?'\n    yield from choice('b?', [n for n in ('x', 'Back')])",
        "has a question that uses",
        7,
    ),
    (
        "    yield 'a?'\n    yield from choice('b?', ['x', 'x'])",
        "asks an invalid question",
        7,
    ),
    ("    yield ask('a?', lambda said: 1 / 0)", "raised ZeroDivisionError in reading", 6),
    ("    yield ask('a?', lambda said: [])", "reads an answer as list", 6),
    (
        "    try:\n        yield 'a?'\n    finally:\n        yield 'b?'",
        "raised RuntimeError when it was closed",
        9,
    ),
]


@pytest.mark.parametrize(("body", "did", "line"), FAILURES, ids=[each[1] for each in FAILURES])
def test_a_failure_names_the_script_and_line_and_keeps_the_session(
    make_app: Callable[..., Flask],
    guest_flow: Callable[[str, str], None],
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    body: str,
    did: str,
    line: int,
) -> None:
    guest_flow("lunch", f"{IMPORTS}@script\ndef lunch() -> Script:\n{body}\n")
    twilio = Twilio(make_app().test_client(use_cookies=False))
    twilio.text("lunch", "hi")
    cookie = twilio.cookie
    for _ in range(2):
        response = twilio.text("lunch", "my words")
        assert (response.status_code, twilio.cookie) == (500, cookie)
        said = caplog.records[-1].getMessage()
        place = f"{tmp_path}/guest_flows/lunch.py, line {line}"
        assert f"ScriptFailed: {place}: the script lunch {did}" in said
        assert "my words" not in said


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("@script\ndef x() -> Script:\n    return 'x'", "has no `yield`"),
        ("@script\ndef x(message) -> Script:\n    yield 'x'", "Write \\* first"),
        ("@script(exit='quit')\ndef x() -> Script:\n    yield 'x'", "uses quit"),
        ("@script(triggers=('Info',))\ndef x() -> Script:\n    yield 'x'", "uses Info"),
        ("@script(lifetime=0)\ndef x() -> Script:\n    yield 'x'", "1 to 14400"),
        (
            "@script\ndef x() -> Script:\n    yield from choice('x?', ('go', 'Stop'))",
            "line 6: the choice offers Stop, which Twilio or the script engine handles: "
            "offer another, or turn the script's word off",
        ),
        (
            "from parley import conversation as c\n@script\ndef x() -> Script:\n"
            "    yield from c.choice('x?', ('go', 'Stop'))",
            "line 7: the choice offers Stop",
        ),
        (
            "A = ['go', 'info']\n@script\ndef x() -> Script:\n"
            "    yield from choice('x?', options=A)",
            "line 7: the choice offers info",
        ),
        (
            "@script\ndef x() -> Script:\n    yield from choice('x?', ['go', 'back'])",
            "line 6: the choice offers back",
        ),
    ],
)
def test_an_invalid_script_is_an_error_at_startup(
    make_app: Callable[..., Flask],
    guest_flow: Callable[[str, str], None],
    source: str,
    sentence: str,
) -> None:
    guest_flow("x", IMPORTS + source + "\n")
    with pytest.raises(FlowError, match=sentence):
        make_app()


def test_a_command_word_may_be_renamed_or_disabled() -> None:
    @script(back=None, exit="bye", goodbye="Adieu.")
    def walk() -> Script:
        where = yield "Where?"
        how = yield "How?"
        return f"{where} {how}"

    sender = Sender(walk)
    sender.says("hi")
    assert sender.says("back") == "How?"
    assert sender.says("So much.") == "back So much."
    sender.says("hi")
    assert sender.says("Bye!") == "Adieu."
    assert sender.session == "{}"


def test_a_first_text_may_be_the_first_answer() -> None:
    @script(first_message_answers=True)
    def find() -> Script:
        who = yield "Who?"
        return f"No {who}."

    assert Sender(find).says("Zoë") == "No Zoë."


def test_an_invalid_first_text_counts_as_one_try() -> None:
    @script(first_message_answers=True)
    def find() -> Script:
        sure = yield from confirm("Sure?", tries=2, default="perhaps")
        more = yield f"{sure}. More?"
        return f"{more}."

    sender = Sender(find)
    assert sender.says("hm") == "Sorry, I didn't get that. Please reply yes or no.\nSure?"
    assert sender.says("hm") == "perhaps. More?"
    assert sender.says("restart") == "Sure?"


LATE = """@script(lifetime=60, welcome_back="We spoke too long ago.", triggers=("hi",))
def late() -> Script:
    name = yield "Name?"
    return f"{name}."
"""


@pytest.mark.parametrize("kept", [True, False])
def test_an_answer_without_a_conversation_gets_the_authors_reply(
    make_app: Callable[..., Flask],
    guest_flow: Callable[[str, str], None],
    clock: Any,
    kept: bool,
) -> None:
    guest_flow("late", IMPORTS + LATE)
    twilio = Twilio(make_app().test_client(use_cookies=False))
    assert twilio.hears("late", "hi") == "Name?"
    clock.later(60)
    twilio.cookie = twilio.cookie if kept else ""
    assert twilio.hears("late", "Alice") == "We spoke too long ago.\nName?"
    assert twilio.hears("late", "Alice") == "Alice."
    assert twilio.hears("late", "Hi") == "Name?"


def test_after_expiry_any_text_restarts_a_script_without_triggers(
    make_app: Callable[..., Flask], guest_flow: Callable[[str, str], None], clock: Any
) -> None:
    guest_flow("late", IMPORTS + LATE.replace(', triggers=("hi",)', ""))
    twilio = Twilio(make_app().test_client(use_cookies=False))
    assert twilio.hears("late", "Alice") == "Name?"
    clock.later(60)
    assert twilio.hears("late", "Alice") == "We spoke too long ago.\nName?"


def test_the_error_about_a_large_session_says_what_to_shorten(
    make_app: Callable[..., Flask],
    guest_flow: Callable[[str, str], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    source = (
        "@script\ndef x() -> Script:\n    while True:\n        yield from text('more?', max=4000)\n"
    )
    guest_flow("x", IMPORTS + source)
    twilio = Twilio(make_app().test_client(use_cookies=False))
    for body in ("hi", "short"):
        twilio.text("x", body)
    assert twilio.text("x", "x" * 2_950).status_code == 500
    said = caplog.records[-1].getMessage()
    assert "more than the limit of 4,096" in said
    assert "the longest is a, item 2, with 2,950 characters" in said
    assert twilio.hears("x", "again") == "more?"


def test_a_failure_does_not_contain_the_text_of_the_person() -> None:
    @script
    def an_odd_one() -> Script:
        said = yield "What?"
        raise KeyError(said)

    sender = Sender(an_odd_one)
    sender.says("hi")
    with pytest.raises(ScriptFailed, match="the script an-odd-one raised KeyError") as caught:
        sender.says("my words")
    assert "my words" not in str(caught.value)
