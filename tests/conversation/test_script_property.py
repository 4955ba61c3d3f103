"""Whatever people answer, and whatever becomes of their cookies: no script raises or mixes up."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import strategies as st

from parley import create_app
from parley.conversation import ServiceError
from parley.conversation.understanding import read_confirm
from parley.conversation.understanding.texts import clean
from parley.settings import Settings
from parley.testing import Clock
from tests.evidence.plugin import Record, examples, sizes
from tests.webhook import Twilio, message, said

SCRIPT = """
import json
from parley.conversation import *

@script
def form(*, stock) -> Script:
    dice = yield rng()
    told = {}
    told["lot"] = dice.randrange(1000)
    told["name"] = yield f"name? ({told['lot']})"
    told["dish"] = yield from choice("dish?", ("soup", "soufflé", "salad"), tries=2)
    told["count"] = yield from number("count?", 1, 9, tries=3, default=0)
    if told["count"] > 3:
        told["reason"] = yield from text("reason?", max=20)
    told["left"] = yield call(stock.left, told["count"], default="unknown")
    try:
        told["order"] = yield call(stock.order, told["count"])
    except ServiceError as error:
        told["order"] = [type(error).__name__, str(error), error.dish]
    told["day"] = str((yield from date("day?", within=40, tries=1)))
    told["sure"] = yield from confirm("sure?")
    told["lots"] = (yield rng()).randrange(1000)
    return json.dumps(told)
"""


class SoldOut(ServiceError):
    """An error with an attribute, which a session remembers."""

    def __init__(self, dish: str) -> None:
        super().__init__(f"no {dish}")
        self.dish = dish


class Stock:
    """A service that is down from time to time."""

    is_down = False

    def left(self, count: int) -> int:
        if self.is_down:
            raise ServiceError("down")
        return 10 - count

    def order(self, count: int, *, idempotency_key: str) -> list[Any]:
        if self.is_down:
            raise SoldOut("soup")
        return [count, idempotency_key]


STOCK = Stock()
FITTING = {"dish": "2", "count": "7", "day": "tomorrow", "sure": "yes"}
LEGAL = ["soup", "1", "sal", "no", "back", "restart", "exit"]
CORRECTIONS = ["0*", "* 2", "7*", "Bob*", "no wait, 2", "no wait, salad"]
# None is an answer that fits the question, so that many a conversation comes to its end.
ANSWERS = st.one_of(
    *[st.none()] * 6,
    *[st.sampled_from(LEGAL), st.text(max_size=25)] * 2,
    st.sampled_from(CORRECTIONS),
)
EVENTS = st.sampled_from([*[""] * 9, "lost", "before", "twice", "down", "down", "up"])
TURNS = st.lists(st.tuples(ANSWERS, EVENTS), min_size=10, max_size=40)
FIXED: dict[str, set[Any]] = {
    "dish": {"soup", "soufflé", "salad", None},
    "count": set(range(10)),
    "sure": {True, False},
}


@pytest.fixture
def form(environ: dict[str, str], clock: Clock, guest_flow: Callable[[str, str], None]) -> Flask:
    guest_flow("form", SCRIPT)
    STOCK.is_down = False
    return create_app(Settings.load(environ), clock=clock, services={"stock": STOCK})


def corrected(body: str) -> str:
    """The new answer of a text that may correct an answer before it; empty for other texts."""
    said = clean(body)
    if said.startswith("no wait, "):
        return said.removeprefix("no wait, ")
    return said.strip("* ") if said[:1] == "*" or said[-1:] == "*" else ""


class Jar:
    """Keeps the cookie, the one before it, and under each cookie what was answered with it.

    That is a set for each question: a text that may be a correction is an answer to any of them.
    """

    def __init__(self, twilio: Twilio) -> None:
        self.twilio = twilio
        self.cookie = self.before = ""
        self.told: dict[str, dict[str, set[str]]] = {"": {}}
        self.asked: dict[str, str] = {"": ""}

    def text(self, sent: dict[str, Any]) -> str:
        headers = {"Cookie": self.cookie} if self.cookie else {}
        first, second = (self.twilio.post("/sms/form", sent, **headers) for _ in range(2))
        assert first.status_code == 200
        assert first.data == second.data, "the same cookie and message, the same text"
        set_cookie = first.headers.get("Set-Cookie", "")
        assert set_cookie == second.headers.get("Set-Cookie", "")
        answer = "\n".join(said(first))
        self.remember(sent["Body"], answer, set_cookie.partition(";")[0])
        return answer

    def remember(self, body: str, answer: str, cookie: str) -> None:
        """What the person thinks to have answered, by the question that was asked last."""
        asked = answer.rpartition("\n")[2].partition("?")[0]
        asked = "dish" if answer.endswith("3. salad") else asked
        asked = asked if answer else self.asked[self.cookie]  # no answer: the question waits
        told, down = dict(self.told[self.cookie]), "yes" if STOCK.is_down else ""
        if new := corrected(body):
            told = {name: {*before, new} for name, before in told.items() if name != "down"}
            told["down"] = {*self.told[self.cookie].get("down", ()), down}  # a call may run again
        if question := self.asked[self.cookie]:
            told[question] = {clean(body)}
        if question in ("count", "reason"):  # the calls come after these
            told["down"] = {down}
        if answer.startswith("{"):
            self.check(json.loads(answer), told)
        cookie = "" if cookie == "parley=" else cookie
        self.before, self.cookie = self.cookie, cookie
        if cookie:
            self.told[cookie], self.asked[cookie] = told, asked

    def check(self, found: dict[str, Any], told: dict[str, set[str]]) -> None:
        assert found["name"] in told["name"]
        assert found.get("reason", "") in {"", *told.get("reason", ())}
        for name, legal in FIXED.items():
            assert found[name] in legal
        assert found["day"] == "None" or "2027-01-15" <= found["day"] <= "2027-02-24"
        assert (found["count"] > 3) == ("reason" in found)
        if told["count"] <= {"1", "2", "7"}:
            assert found["count"] in set(map(int, told["count"]))
        (sure,) = told["sure"]
        assert found["sure"] == read_confirm(sure)
        assert found["left"] in {
            "unknown" if down else 10 - found["count"] for down in told["down"]
        }
        if found["order"] == ["SoldOut", "no soup", "soup"]:
            assert "yes" in told["down"]
        else:
            assert "" in told["down"]
            assert found["order"][0] == found["count"]
            assert found["order"][1].startswith("SM")


@sizes(15, short=150, long=1_000)
def test_a_script_never_raises_nor_mixes_up(form: Flask, size: int, record: Record) -> None:
    examples("conversations with a script, drawn at random", size, record, TURNS, play, form)


def play(turns: list[tuple[str | None, str]], form: Flask) -> None:
    jar = Jar(Twilio(form.test_client(use_cookies=False)))
    STOCK.is_down = False
    for body, event in turns:
        if event == "lost":
            jar.cookie = ""
        if event == "before":
            jar.cookie = jar.before
        if event in ("down", "up"):
            STOCK.is_down = event == "down"
        fitting = FITTING.get(jar.asked[jar.cookie], f"words {len(jar.told)}")
        sent = message(fitting if body is None else body.replace("\r", ""))
        answer = jar.text(sent)
        if event == "twice" and jar.cookie:
            # Delivered again with the cookie that its first delivery set: no second answer.
            headers = {"Cookie": jar.cookie}
            STOCK.is_down = not STOCK.is_down  # no call runs again
            again = jar.twilio.post("/sms/form", sent, **headers)
            assert again.status_code == 200
            assert "\n".join(said(again)) == answer


def test_a_correction_of_several_answers_gets_the_same_reply_when_it_is_delivered_again(
    form: Flask,
) -> None:
    for before in ([], [("soup", "")]):
        play([*[(None, "")] * 6, *before, ("2*", "twice")], form)


@pytest.mark.parametrize("down", [False, True])
def test_the_property_test_comes_to_the_end(form: Flask, down: bool) -> None:
    jar = Jar(Twilio(form.test_client(use_cookies=False)))
    last = ""
    for body in ("hi", "Zoë", "2", "7", "why not", "tomorrow", "yes"):
        last = jar.text(message(body))
        STOCK.is_down = down
    assert json.loads(last)["left"] == ("unknown" if down else 3)
    assert json.loads(last)["dish"] == "soufflé"
    assert json.loads(last)["reason"] == "why not"
    assert json.loads(last)["day"] == "2027-01-16"
