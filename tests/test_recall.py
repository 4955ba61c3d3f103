"""The answers that a cookie records, on the page and by `parley explain-session`."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from parley import Message, Script, Session, Settings, create_app, script
from parley.cli import sms as command
from parley.conversation.dependencies import bind
from parley.conversation.recalled import CHANGED, WAITS
from parley.discovery import load_flows
from parley.simulator.delivery import Webhook
from parley.simulator.in_process import over_wsgi
from parley.simulator.simulator import TwilioSimulator
from tests.webhook import DEVELOPMENT, SECRET, TOKEN

PIZZA = """
from collections.abc import Callable
from parley import *
from parley.conversation import *

@script
def pizza(*, price: Callable[[], int], message: Message, owner: str = "Zoë") -> Script:
    name = yield "Name?"
    which = yield from choice("Which?", ("margherita", "funghi"))
    cents = yield call(price)
    dice = yield rng()
    when = yield from date(f"{cents} cents. Which day?", within=60)
    at = yield from time("When?", "9:00", "17:00")
    count = yield from number("How many?", 1, 9, tries=1, default=1)
    sure = yield from confirm("Sure?")
    code = yield "Code?"
    return "x"
"""
SERVICES = "SERVICES = {'price': lambda: 900}\n"
ANSWERS = [
    ["Name?", "Zoë"],
    ["Which?\n1. margherita\n2. funghi", "funghi"],
    ["call <lambda>", "900"],
    ["900 cents. Which day?", "2027-01-20"],
    ["When?", "15:30"],
    ["How many?", "(no valid answer)"],
    ["Sure?", "yes"],
    ["Code?", "(it waits for the answer)"],
]
TEXTS = ("hi", "Zoë", "2", "Jan 20", "half past 3", "a few", "yep")
FROM, TO = "+12025550123", "+12025550199"
URL = "http://127.0.0.1:8000"
IN_SHOP = {**DEVELOPMENT, "FLOWS": "./shop"}


@pytest.fixture
def app(project: Callable[[dict[str, str]], Path], monkeypatch: pytest.MonkeyPatch) -> Flask:
    project({"shop/__init__.py": SERVICES, "shop/pizza.py": PIZZA})
    for name, value in IN_SHOP.items():
        monkeypatch.setenv(name, value)
    return create_app(Settings.load(IN_SHOP), clock=lambda: 1_800_000_000.0)


def held(app: Flask, *texts: str) -> str:
    """Hold a conversation with a development server, and return the cookie."""
    simulator: TwilioSimulator = app.extensions["parley_simulator"]
    simulator.send = over_wsgi(app)
    for text in texts:
        delivery = simulator.text(Webhook(f"{URL}/sms/pizza", TOKEN), FROM, TO, text)
        assert delivery.errors == []
    return simulator.jar(FROM, TO).header()


def cookie_on_the_page(app: Flask) -> Any:
    response = app.test_client(use_cookies=False).get(
        "/phone/state",
        query_string={"flow": "pizza", "from": FROM, "to": TO},
        base_url=URL,
        environ_base={"REMOTE_ADDR": "127.0.0.1"},
    )
    return json.loads(response.data)["cookie"]


def explained(*arguments: str, typed: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(command, ["explain-session", *arguments], input=typed)
    return result.exit_code, result.output


def without_rng(answers: list[list[str]]) -> list[list[str]]:
    return [each for each in answers if each[0] != "rng"]


def test_the_page_shows_each_question_with_its_answer(app: Flask) -> None:
    held(app, *TEXTS)
    cookie = cookie_on_the_page(app)
    assert without_rng(cookie["answers"]) == ANSWERS
    assert set(cookie["remembered"]) >= {"a", "m", "s"}


def test_the_command_shows_the_same_for_a_valid_cookie(app: Flask) -> None:
    cookie = held(app, *TEXTS)
    conversation = ("--flow", "pizza", "--from", FROM, "--to", TO)
    for given in (cookie, cookie.partition("=")[2]):
        status, said = explained(given, *conversation)
        assert status == 0
        assert said.startswith("The cookie was sealed with SESSION_SECRET for this conversation.\n")
        assert re.search(r"^It expire[sd] at 2027-01-15T12:00:00Z\.$", said, re.M)
        for question, answer in ANSWERS:
            assert f"{question}\n    {answer}\n" in said
    status, said = explained(cookie, "--flow", "pizza", "--from", FROM, "--to", "+12025550111")
    assert (status, said) == (1, "Error: The cookie is not valid: it is foreign.\n")


def test_without_a_flow_the_values_are_shown_unchecked(app: Flask) -> None:
    status, said = explained(held(app, "hi", "Zoë"))
    assert status == 0
    assert said.startswith("The cookie is not verified: give --flow, --from and --to.\n")
    assert 'a\n    ["Zoë"]\n' in said


def test_the_command_prompts_for_a_missing_secret(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookie = held(app, "hi", "Zoë")
    monkeypatch.delenv("SESSION_SECRET")
    conversation = ("--flow", "pizza", "--from", FROM, "--to", TO)
    status, said = explained(cookie, *conversation, typed=f"{SECRET}\n")
    assert status == 0
    assert SECRET not in said
    assert "Name?\n    Zoë\n" in said
    status, said = explained(cookie, *conversation, typed=f"{'x' * 32}\n")
    assert status == 1
    assert "it is foreign" in said


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("parley=x",), "it is unreadable"),
        (("other=x",), "it is none"),
        (("{}", "--flow", "nope"), "There is no flow nope: pizza."),
    ],
)
def test_the_error_says_why_a_cookie_cannot_be_shown(
    app: Flask, arguments: tuple[str, ...], why: str
) -> None:
    cookie = held(app, "hi")
    status, said = explained(*(each.format(cookie) for each in arguments))
    assert status == 1
    assert why in said


def test_a_changed_script_shows_the_unchanged_questions() -> None:
    def recalled(second: str) -> list[tuple[str, str]]:
        @script
        def order() -> Script:
            name = yield "Name?"
            dish = yield second
            return f"{name}, {dish}"

        assert order.recall
        message = Message("SM1", FROM, TO, "hi")
        if not sessions:
            first = order(message, Session()).session
            sessions.append(order(Message("SM2", FROM, TO, "Zoë"), first).session)
        return [*order.recall(message, sessions[0], {})]

    sessions: list[Session] = []
    assert recalled("Dish?") == [("Name?", "Zoë"), ("Dish?", WAITS)]
    assert recalled("Which dish?") == [("Name?", "Zoë"), (CHANGED, "")]


def test_the_session_of_a_plain_flow_is_shown_by_names() -> None:
    bound = bind(load_flows(["flows"])["counter"], {}, lambda *_: None)
    assert bound.recall(Session({"count": 2, "last": {"a": [1]}})) == [
        ("count", "2"),
        ("last", '{"a": [1]}'),
    ]
