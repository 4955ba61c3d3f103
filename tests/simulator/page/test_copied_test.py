"""The test from "Copy as test" repeats the conversation: random walks over all buttons.

The walks use the page's actions, as JSON, with a development server in this process;
test_page_walk.py presses the real buttons.
"""

import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from werkzeug.test import TestResponse

from parley import create_app
from parley.settings import Settings
from parley.simulator.in_process import over_wsgi
from parley.simulator.page.actions import ACTIONS
from parley.simulator.page.samples import BY_NAME
from parley.simulator.simulator import TwilioSimulator
from parley.testing import Clock, Sms
from tests.webhook import SECRET, TOKEN

URL = "http://127.0.0.1:8000"
WALKS, PARTS = 200, 4
MOST_STEPS = 16
OWNER = "+15550000009"
SETTINGS = {
    "PARLEY_MODE": "development",
    "PUBLIC_URL": URL,
    "TWILIO_AUTH_TOKEN": TOKEN,
    "SESSION_SECRET": SECRET,
    "FORWARD_TO": OWNER,
    "FLOWS": "flows,tests.understanding.case_flows",
}
FLOWS: tuple[str, ...] = (
    "menu",
    "counter",
    "appointment",
    "five-letters",
    "forward",
    "sign-up",
    "brief-counter",
)
FLOWS += ("reset-after-five", "dynamic-reply", "people", "asks")
ADDRESSES = (
    ("+12025550123", "+12025550199"),
    (OWNER, "+12025550199"),
    ("whatsapp:+12025550123", "whatsapp:+12025550199"),
    ("+12025550123", "72345"),
    ("rcs:+12025550123", "rcs:shop_agent"),
)
TEXTS: tuple[str, ...] = (
    "hi",
    "1",
    "hair",
    "next monday",
    "2pm",
    "Zoë",
    "yes",
    "crane",
    "mouse",
    "back",
    "restart",
)
TEXTS += (
    "STOP",
    "Stop.",
    "START",
    "help",
    "appointment",
    "five letters",
    "menu",
    "counter",
    "sign up",
)
TEXTS += (
    "two\nlines",
    "  spaced ",
    r"a \n b",
    'say """ and \\',
    "[https://a.b/c.jpg]",
    "😀",
    "شكرا",
)
TEXTS += ("x\x0by\u2028z", "+15551230001 on my way", "> hi", "* cookie lost", "a\tb", "مرحبا 1")


class Browser:
    """The page's actions on a development server in this process, as JSON."""

    def __init__(self, **settings: str) -> None:
        self.clock = Clock(1_800_000_000.25)
        app = create_app(Settings.load({**SETTINGS, **settings}), clock=self.clock)
        self.simulator: TwilioSimulator = app.extensions["parley_simulator"]
        self.simulator.send = over_wsgi(app)
        self._client = app.test_client(use_cookies=False)

    def act(self, action: str, **given: Any) -> Mapping[str, Any]:
        """Run an action, and return the new state, or nothing if the action was rejected."""
        response = self._post(action, given)
        assert response.status_code in (200, 400), response.text
        self.clock.later(0.4)
        return response.get_json() if response.status_code == 200 else {}

    def refused(self, action: str, **given: Any) -> str:
        """Return the error message of a rejected action."""
        response = self._post(action, given)
        assert response.status_code == 400
        return response.text

    def look(self, **given: str) -> Mapping[str, Any]:
        return self._json("state", given)

    def archive(self, **given: str) -> Mapping[str, Any]:
        return self._json("har", given)

    def server(self) -> Mapping[str, Any]:
        return self._json("server", {})

    def page(self) -> str:
        return self._client.get("/phone/", base_url=URL).text

    def _json(self, path: str, given: Mapping[str, str]) -> Mapping[str, Any]:
        response = self._client.get(f"/phone/{path}", query_string=given, base_url=URL)
        found: Mapping[str, Any] = response.get_json()
        return found

    def _post(self, action: str, given: Mapping[str, Any]) -> TestResponse:
        headers = {"Origin": URL}
        return self._client.post(f"/phone/{action}", json=given, base_url=URL, headers=headers)


def play(source: str, sms: Sms) -> None:
    """Run the copied source, as pytest would."""
    names: dict[str, Any] = {}
    exec(compile(source, "copied", "exec"), names)  # noqa: S102  # the test is about this source
    (test,) = [each for name, each in names.items() if name.startswith("test_")]
    test(sms)


def walk(browser: Browser, dice: random.Random) -> Mapping[str, str]:
    """Press random buttons of one phone, and return its number."""
    flow, (from_, to) = dice.choice(FLOWS), dice.choice(ADDRESSES)
    line = {"flow": flow, "from": from_, "to": to}
    line["service"] = f"MG{'0' * 32}" if dice.random() < 0.1 else ""
    line["fate"] = dice.choice(("delivered", "30003", "30001"))
    buttons = ["text"] * 8 + [each for each in ACTIONS if each != "slow"]
    for _ in range(dice.randrange(1, MOST_STEPS)):
        seconds = dice.choice(("1", "59", "1800", "14400", "86400"))
        given = {
            "body": dice.choice(TEXTS),
            "sample": dice.choice(list(BY_NAME)),
            "seconds": seconds,
        }
        browser.act(dice.choice(buttons), **line, **given)
    return line


@pytest.mark.parametrize("part", range(PARTS))
def test_a_random_walk_over_all_buttons_is_reproduced(part: int, sms: Sms) -> None:
    browser = Browser()
    for number in range(part, WALKS, PARTS):
        dice = random.Random(number)
        browser.clock.later(7 * 86_400)
        line = walk(browser, dice)
        source = browser.look(**line)["test"]
        if source:
            play(source, sms(settings={"FLOWS": SETTINGS["FLOWS"]}))
        browser.act("clear", **line)


def test_the_seconds_between_many_texts_are_copied(sms: Sms) -> None:
    browser, line = Browser(), {"flow": "menu", "from": "+12025550123", "to": "+12025550199"}
    for number in range(60):
        browser.act("text", **line, body=f"text {number}")
    copied = browser.look(**line)
    assert copied["transcript"].count("* 1 second later") > 10
    assert "< You have sent many texts." in copied["transcript"]
    play(copied["test"], sms(settings={"FLOWS": SETTINGS["FLOWS"]}))


def test_a_failing_flow_is_copied_with_its_error(
    sms: Sms, guest_flow: Callable[[str, str], None]
) -> None:
    guest_flow("lunch", "def lunch(message, session): return 1 / 0")
    browser, line = Browser(FLOWS="flows"), {"flow": "lunch", "from": "+12025550123"}
    line["to"] = "+12025550199"
    browser.act("text", **line, body="hi")
    copied = browser.look(**line)
    assert "ZeroDivisionError: division by zero" in copied["transcript"].splitlines()[2]
    play(copied["test"], sms(settings={"FLOWS": "flows"}))


def test_a_copied_test_has_the_phone_the_settings_and_each_step() -> None:
    browser = Browser()
    line = {"flow": "forward", "from": OWNER, "to": "+12025550199"}
    browser.act("text", **line, body="+15551230001 on my way")
    browser.act("later", **line, seconds="5400")
    browser.act("two", **line, body="two minutes")
    browser.act("forget", **line)
    browser.act("again", **line)
    assert browser.look(**line)["test"] == COPIED


def test_nothing_is_copied_before_the_first_text() -> None:
    browser, line = Browser(), {"flow": "counter", "from": "+12025550123", "to": "+12025550199"}
    browser.act("forget", **line)
    assert browser.look(**line)["test"] == ""


COPIED = '''from parley.testing import Sms


def test_forward(sms: Sms) -> None:
    phone = sms(from_="+15550000009", to="+12025550199", settings={"FORWARD_TO": "+15550000009"})
    phone.play(
        "forward",
        """
        * it is 2027-01-15 08:00:00
        > +15551230001 on my way
        < (to +15551230001) on my way
        < Sent to +15551230001.
        * 1 hour 30 minutes later
        > two minutes
        < To whom?
        < 1. +15551230001
        * cookie before
        > two minutes
        < To whom?
        < 1. +15551230001
        * cookie lost
        * delivered again
        < To whom?
        < 1. +15551230001
        """,
    )
'''
