"""Corrections and several answers in one text, with lost, old and duplicated cookies."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parley.conversation.understanding import correction
from parley.conversation.understanding.texts import clean
from tests.webhook import Twilio, message, said

SCRIPT = """
import json
from parley.conversation import *

@script(several=True)
def visit() -> Script:
    told = {"name": (yield "name?")}
    told["dish"] = yield from choice("dish?", ("soup", "soufflé", "salad"))
    told["day"] = str((yield from date("day?", within=40)))
    told["time"] = str((yield from time("time?", "9:00", "17:00")))
    told["count"] = yield from number("count?", 1, 9)
    told["sure"] = yield from confirm("sure?")
    return json.dumps(told)
"""
FITTING = {
    "name?": "Zoë",
    "3. salad": "2",
    "day?": "tomorrow",
    "time?": "3pm",
    "count?": "7",
    "sure?": "yes",
}
CORRECTIONS = ["no wait, Bob", "No, Tuesday", "actually 4pm", "I meant soup", "*Anne", "no, 4"]
SEVERAL = ["salad monday 10am", "soup tomorrow", "soup 3pm", "tomorrow 10am 4", "10am 4 yes"]
OTHERS = ["Liked “name?”", "undo", "start over", "stop please", "START", "thanks", "12/24", "exit"]
# None stands for an answer that fits the question, so that many conversations end.
ANSWERS = st.one_of(
    st.none(),
    st.none(),
    st.sampled_from([*CORRECTIONS, *SEVERAL, *OTHERS]),
    st.text(max_size=25),
)
EVENTS = st.sampled_from([*[""] * 9, "lost", "before", "twice"])


@pytest.fixture
def visit(make_app: Callable[..., Flask], guest_flow: Callable[[str, str], None]) -> Flask:
    guest_flow("visit", SCRIPT)
    return make_app()


class Phone:
    """Texts the script, keeps the cookie and the previous one, and checks the replies."""

    def __init__(self, app: Flask) -> None:
        self.twilio = Twilio(app.test_client(use_cookies=False))
        self.cookie = self.before = self.question = ""
        self.sent: list[str] = []

    def text(self, sent: dict[str, Any]) -> str:
        self.sent.append(clean(sent["Body"]))
        (answer, cookie), again = (self.deliver(sent) for _ in range(2))
        assert (answer, cookie) == again, "the same cookie and message had two replies"
        self.before, self.cookie = self.cookie, cookie
        self.question = answer.rpartition("\n")[2] or self.question
        if answer.startswith("{"):
            self.check(json.loads(answer))
        return answer

    def deliver(self, sent: dict[str, Any]) -> tuple[str, str]:
        headers = {"Cookie": self.cookie} if self.cookie else {}
        response = self.twilio.post("/sms/visit", sent, **headers)
        assert response.status_code == 200
        cookie = response.headers.get("Set-Cookie", "").partition(";")[0]
        return "\n".join(said(response)), "" if cookie == "parley=" else cookie

    def check(self, found: dict[str, Any]) -> None:
        """Check that each value is allowed by its question, and that a text contained the name."""
        assert found["name"] in {name for each in self.sent for name in (each, correction(each))}
        assert found["dish"] in ("soup", "soufflé", "salad")
        assert "2027-01-15" <= found["day"] <= "2027-02-24"
        assert "09:00:00" <= found["time"] < "17:00:00"
        assert found["count"] in range(1, 10)
        assert found["sure"] in (True, False)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(ANSWERS, EVENTS), min_size=10, max_size=40))
def test_a_script_with_corrections_never_fails_or_mixes_up_answers(
    visit: Flask, turns: list[tuple[str | None, str]]
) -> None:
    phone = Phone(visit)
    for body, event in turns:
        if event == "lost":
            phone.cookie = ""
        if event == "before":
            phone.cookie = phone.before
        fitting = FITTING.get(phone.question, "hi")
        sent = message(fitting if body is None else body.replace("\r", ""))
        answer = phone.text(sent)
        if event == "twice" and phone.cookie:
            # A repeated delivery with the cookie of the first one is not a second answer.
            again, _ = phone.deliver(sent)
            assert again in (answer, "", phone.question) or again.endswith(phone.question)


def test_the_property_test_reaches_the_end_of_the_script(visit: Flask) -> None:
    phone, last = Phone(visit), ""
    for body in ("hi", "Zoë", "no wait, Bob", "salad monday 10am", "4", "No, Tuesday", "yes"):
        last = phone.text(message(body))
    assert json.loads(last) == {
        "name": "Bob",
        "dish": "salad",
        "day": "2027-01-19",
        "time": "10:00:00",
        "count": 4,
        "sure": True,
    }
