"""An operator takes over a conversation: the script pauses, and only one of them replies."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import CliRunner
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parley import SettingsError
from parley.cli import sms
from parley.settings import Settings
from parley.testing import Clock
from tests.webhook import ALICE, APP, SETTINGS, Twilio, said

MakeServer = Callable[..., Flask]
OPERATOR, BOB = "+15550000009", "+15551230002"
HOURS = 3_600


@pytest.fixture
def server(make_server: MakeServer) -> Flask:
    return make_server(OPERATORS=f"{OPERATOR},+15550000008")


@pytest.fixture
def alice(server: Flask) -> Twilio:
    return Twilio(server.test_client(use_cookies=False))


@pytest.fixture
def operator(server: Flask) -> Twilio:
    return Twilio(server.test_client(use_cookies=False), from_=OPERATOR)


def hears(twilio: Twilio, body: str) -> list[str]:
    response = twilio.text("diary", body)
    assert response.status_code == 200
    return said(response)


def test_after_an_operator_the_script_continues_at_the_same_question(
    alice: Twilio, operator: Twilio
) -> None:
    assert alice.hears("sign-up") == "What is your name?"
    assert said(operator.text("sign-up", f"{ALICE} Hello, this is Eve")) == [
        f"(to {ALICE}) Hello, this is Eve",
        f"Sent to {ALICE}.",
    ]
    assert said(alice.text("sign-up", "Hi Eve")) == [f"(to {OPERATOR}) {ALICE}: Hi Eve"]
    assert said(operator.text("sign-up", "How can I help?")) == [
        f"(to {ALICE}) How can I help?",
        f"Sent to {ALICE}.",
    ]
    assert operator.hears("sign-up", "back") == f"The script answers {ALICE} again."
    assert alice.hears("sign-up", "Ada").startswith("Hello Ada")


def test_the_script_continues_after_four_hours_without_a_text(
    alice: Twilio, operator: Twilio, clock: Clock
) -> None:
    hears(alice, "one")
    hears(operator, f"take {ALICE}")
    clock.later(4 * HOURS - 1)
    assert hears(alice, "two") == [f"(to {OPERATOR}) {ALICE}: two"], (
        "each text extends the take-over"
    )
    clock.later(4 * HOURS - 1)
    assert hears(alice, "three") == [f"(to {OPERATOR}) {ALICE}: three"]
    clock.later(4 * HOURS)
    assert hears(alice, "four") == ["one four"]
    assert hears(alice, "five") == ["one four five"]


def test_the_session_does_not_expire_during_a_take_over(
    alice: Twilio, operator: Twilio, clock: Clock
) -> None:
    alice.hears("sign-up")
    clock.later(HOURS)
    operator.hears("sign-up", f"take {ALICE}")
    for _ in range(5):
        clock.later(3 * HOURS)
        operator.hears("sign-up", f"{ALICE} one moment")
    operator.hears("sign-up", "back")
    clock.later(3 * HOURS - 1)
    assert alice.hears("sign-up", "Ada").startswith("Hello Ada"), (
        "only one of four hours had passed"
    )


def test_the_session_can_expire_after_a_take_over(
    alice: Twilio, operator: Twilio, clock: Clock
) -> None:
    alice.hears("sign-up")
    clock.later(HOURS)
    operator.hears("sign-up", f"take {ALICE}")
    clock.later(2 * HOURS)
    operator.hears("sign-up", "back")
    clock.later(3 * HOURS)
    assert not alice.hears("sign-up", "Ada").startswith("Hello Ada")


def test_an_operator_of_several_people_must_name_the_number(
    server: Flask, alice: Twilio, operator: Twilio
) -> None:
    bob = Twilio(server.test_client(use_cookies=False), from_=BOB)
    hears(alice, "one")
    hears(bob, "one")
    assert hears(operator, "Hello")[0].startswith("Begin with the number of a person")
    hears(operator, f"take {ALICE}")
    hears(operator, f"TAKE {BOB}")
    assert hears(operator, "Hello")[0].endswith(f"You answer {ALICE}, {BOB}.")
    assert hears(operator, f"back {BOB}") == [f"The script answers {BOB} again."]
    assert hears(operator, "Hello")[0] == f"(to {ALICE}) Hello"


@pytest.mark.threat("S40")
@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("+15557778888 hello", "+15557778888 has not texted here."),
        (f"{OPERATOR} hello", f"{OPERATOR} is an operator."),
        ("take +15550000008", "+15550000008 is an operator."),
        (f"{ALICE}", "Begin with the number"),
        ("take", "Begin with the number"),
    ],
)
def test_an_operator_cannot_text_an_unknown_number(
    alice: Twilio, operator: Twilio, body: str, told: str
) -> None:
    hears(alice, "one")
    (answer,) = hears(operator, body)
    assert answer.startswith(told)
    assert hears(alice, "two") == ["one two"]


@pytest.mark.threat("S40")
def test_only_operators_can_give_commands(alice: Twilio, server: Flask) -> None:
    bob = Twilio(server.test_client(use_cookies=False), from_=BOB)
    hears(bob, "one")
    assert hears(alice, f"take {BOB}") == [f"take {BOB}"]
    assert hears(bob, "two") == ["one two"]


def test_a_repeated_delivery_is_forwarded_once(alice: Twilio, operator: Twilio) -> None:
    hears(alice, "one")
    sid = f"SM{'5' * 32}"
    first = operator.text("diary", f"{ALICE} hello", MessageSid=sid)
    assert operator.text("diary", f"{ALICE} hello", MessageSid=sid).data == first.data
    sid = f"SM{'6' * 32}"
    first = alice.text("diary", "hello", MessageSid=sid)
    assert alice.text("diary", "hello", MessageSid=sid).data == first.data


def test_stop_ends_a_take_over(alice: Twilio, operator: Twilio) -> None:
    hears(alice, "one")
    hears(operator, f"take {ALICE}")
    assert hears(alice, "STOP") == []
    assert hears(operator, f"{ALICE} please stay") == [
        f"{ALICE} has opted out of texts from this number."
    ]
    assert hears(alice, "START") == []
    assert hears(alice, "two") == ["two"]


def test_a_command_takes_over_for_an_operator_with_another_tool(
    alice: Twilio, database_url: str, clock: Clock
) -> None:
    clock.now = time.time()  # the commands use the machine's clock

    def run(*arguments: str) -> str:
        environ = {**SETTINGS, "DATABASE_URL": database_url}
        ended = CliRunner().invoke(sms, ["conversations", *arguments], env=environ)
        assert ended.exit_code == 0, ended.output
        return ended.stdout

    hears(alice, "one")
    run("take-over", ALICE, "--hours", "24")
    assert "with the operator until" in run()
    assert hears(alice, "two") == []
    clock.later(20 * HOURS)
    assert hears(alice, "three") == [], "a text ends the take-over"
    run("give-back", ALICE)
    assert hears(alice, "four") == ["one four"]
    clock.now = time.time()
    run("take-over", ALICE, "--by", OPERATOR)
    assert hears(alice, "five") == [f"(to {OPERATOR}) {ALICE}: five"]
    assert "with +1555…09 until" in run()


def test_for_another_channel_the_operator_is_texted_from_the_number(
    server: Flask, database_url: str, clock: Clock
) -> None:
    client = server.test_client(use_cookies=False)
    person, to = f"whatsapp:{ALICE}", f"whatsapp:{APP}"
    alice = Twilio(client, from_=person, to=to)
    hears(alice, "one")
    clock.now = time.time()
    environ = {**SETTINGS, "DATABASE_URL": database_url}
    command = ["conversations", "take-over", person, "--by", OPERATOR]
    assert CliRunner().invoke(sms, command, env=environ).exit_code == 0
    response = alice.text("diary", "two")
    assert f'<Message from="{APP}" to="{OPERATOR}">{ALICE}: two</Message>' in response.text


ACTIONS = st.lists(
    st.sampled_from(["text", "say", "take", "back", "hours", "silence"]), min_size=4, max_size=14
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(ACTIONS)
def test_only_the_script_or_the_operator_replies(
    server: Flask, clock: Clock, actions: list[str]
) -> None:
    """Compared with a model: each text gets one reply, from the script or from the operator."""
    client, person = server.test_client(use_cookies=False), f"+1555{next(NUMBERS):07d}"
    alice = Twilio(client, from_=person)
    operator = Twilio(client, from_=OPERATOR)
    diary = ["begin"]
    assert hears(alice, "begin") == ["begin"]
    held_until = 0.0
    for number, action in enumerate(actions):
        is_held, words = clock.now < held_until, f"text{number}"
        if action == "text":
            if is_held:
                assert hears(alice, words) == [f"(to {OPERATOR}) {person}: {words}"]
                held_until = max(held_until, clock.now + 4 * HOURS)
            else:
                diary.append(words)
                assert hears(alice, words) == [" ".join(diary)]
        elif action == "say":
            assert hears(operator, f"{person} {words}")[0] == f"(to {person}) {words}"
            held_until = clock.now + 4 * HOURS
        elif action == "take":
            hears(operator, f"take {person}")
            held_until = clock.now + 4 * HOURS
        elif action == "back":
            hears(operator, f"back {person}")
            held_until = 0.0
        else:
            clock.later(2 * HOURS if action == "hours" else 4 * HOURS)
    hears(operator, f"back {person}")


NUMBERS = iter(range(1_000_000, 9_000_000))


def test_only_one_of_them_replies_to_concurrent_texts(alice: Twilio, operator: Twilio) -> None:
    """Each text gets one reply, and after the operator's text the operator is responsible."""
    hears(alice, "0")
    voices: dict[str, str] = {}

    def text(words: str) -> None:
        (answer,) = hears(alice, words)
        is_forwarded = answer == f"(to {OPERATOR}) {ALICE}: {words}"
        assert is_forwarded or answer.split()[-1] == words
        voices[words] = "operator" if is_forwarded else "script"

    with ThreadPoolExecutor(6) as pool:
        for turn in range(5):
            texts = [pool.submit(text, f"{turn}a{n}") for n in range(2)]
            taking = pool.submit(hears, operator, f"{ALICE} I am here")
            texts += [pool.submit(text, f"{turn}b{n}") for n in range(2)]
            assert taking.result()[0] == f"(to {ALICE}) I am here"
            text(f"{turn}c")
            assert voices[f"{turn}c"] == "operator"
            for each in texts:
                each.result()
            hears(operator, f"back {ALICE}")
            text(f"{turn}d")
            assert voices[f"{turn}d"] == "script"
    said_to_script = {words for words, voice in voices.items() if voice == "script"}
    assert set(hears(alice, "last")[0].split()) == {"0", "last", *said_to_script}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"OPERATORS": OPERATOR}, "OPERATORS needs a database"),
        ({"OPERATORS": "Eve"}, "OPERATORS contains an entry that is not a phone number"),
        ({"OPERATOR_HOURS": "0"}, "OPERATOR_HOURS is '0': set a whole number from 1"),
    ],
)
def test_invalid_settings_are_errors(changed: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        Settings.load({**SETTINGS, **changed})
