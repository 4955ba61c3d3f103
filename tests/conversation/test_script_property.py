"""Whatever people answer, and whatever becomes of their cookies: no script raises or mixes up."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.twilio import Twilio, message, said

SCRIPT = """
import json
from datetime import date as day
from app.conversation import *

TODAY = day(2026, 11, 21)

@conversation
def form() -> Script:
    dice = yield chance()
    told = {}
    told["lot"] = dice.randrange(1000)
    told["name"] = yield f"name? ({told['lot']})"
    told["dish"] = yield from choice("dish?", ("soup", "soufflé", "salad"), tries=2)
    told["count"] = yield from number("count?", 1, 9, tries=3, otherwise=0)
    if told["count"] > 3:
        told["reason"] = yield from text("reason?", most=20)
    told["day"] = str((yield from date("day?", TODAY, TODAY, day(2027, 1, 1), tries=1)))
    told["sure"] = yield from confirm("sure?")
    told["lots"] = (yield chance()).randrange(1000)
    return json.dumps(told)
"""
FITTING = {"dish": "2", "count": "7", "day": "tomorrow", "sure": "yes"}
LEGAL = ["soup", "1", "sal", "no", "back", "restart", "exit"]
# None is an answer that fits the question, so that many a conversation comes to its end.
ANSWERS = st.one_of(st.none(), st.none(), st.none(), st.sampled_from(LEGAL), st.text(max_size=25))
EVENTS = st.sampled_from([*[""] * 9, "lost", "before", "twice"])
FIXED: dict[str, set[Any]] = {
    "dish": {"soup", "soufflé", "salad", None},
    "count": set(range(10)),
    "sure": {True, False},
}
quickly = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def form(make_app: Callable[..., Flask], guest_flow: Callable[[str, str], None]) -> Flask:
    guest_flow("form", SCRIPT)
    return make_app()


class Jar:
    """Keeps the cookie, the one before it, and under each cookie what was answered with it."""

    def __init__(self, twilio: Twilio) -> None:
        self.twilio = twilio
        self.cookie = self.before = ""
        self.told: dict[str, dict[str, str]] = {"": {}}
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
        told = dict(self.told[self.cookie])
        if question := self.asked[self.cookie]:
            told[question] = body.strip()
        if answer.startswith("{"):
            self.check(json.loads(answer), told)
        cookie = "" if cookie == "parley=" else cookie
        self.before, self.cookie = self.cookie, cookie
        if cookie:
            self.told[cookie], self.asked[cookie] = told, asked

    def check(self, found: dict[str, Any], told: dict[str, str]) -> None:
        assert found["name"] == told["name"]
        assert found.get("reason", "") in ("", told.get("reason"))
        for name, legal in FIXED.items():
            assert found[name] in legal
        assert found["day"] == "None" or "2026-11-21" <= found["day"] <= "2027-01-01"
        assert (found["count"] > 3) == ("reason" in found)
        if told["count"] in ("1", "2", "7"):
            assert found["count"] == int(told["count"])
        assert found["sure"] == (told["sure"].rstrip(".!? ").lower() not in ("no", "n", "nope"))


@quickly
@given(st.lists(st.tuples(ANSWERS, EVENTS), min_size=10, max_size=40))
def test_a_script_never_raises_nor_mixes_up(
    form: Flask, turns: list[tuple[str | None, str]]
) -> None:
    jar = Jar(Twilio(form.test_client(use_cookies=False)))
    for body, event in turns:
        if event == "lost":
            jar.cookie = ""
        if event == "before":
            jar.cookie = jar.before
        fitting = FITTING.get(jar.asked[jar.cookie], f"words {len(jar.told)}")
        sent = message(fitting if body is None else body.replace("\r", ""))
        answer = jar.text(sent)
        if event == "twice" and jar.cookie:
            # Delivered again with the cookie that its first delivery set: no second answer.
            headers = {"Cookie": jar.cookie}
            again = jar.twilio.post("/sms/form", sent, **headers)
            assert again.status_code == 200
            assert "\n".join(said(again)) == answer


def test_the_property_test_comes_to_the_end(form: Flask) -> None:
    jar = Jar(Twilio(form.test_client(use_cookies=False)))
    last = ""
    for body in ("hi", "Zoë", "2", "7", "why not", "tomorrow", "yes"):
        last = jar.text(message(body))
    assert json.loads(last)["dish"] == "soufflé"
    assert json.loads(last)["reason"] == "why not"
