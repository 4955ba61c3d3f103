"""The state of the page, as JSON, from a development server in this process."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from parley.twilio.facts import ERRORS
from tests.simulator.page.test_copied_test import SETTINGS, URL, Browser
from tests.webhook import TOKEN, signature

LINE = {"from": "+12025550123", "to": "+12025550199"}
ROUTES = """
[[route]]
to = "+12025550199"
default = "counter"
keywords = { book = "appointment" }
hours = "Mon-Fri 9:00-17:00"

[[route]]
service = "MG00000000000000000000000000000000"
"""


def with_flow(flow: str, **more: str) -> dict[str, str]:
    return {**LINE, "flow": flow, **more}


def test_a_missing_setting_is_named_at_the_text_and_in_the_error() -> None:
    browser = Browser(FORWARD_TO="")
    seen = browser.act("text", **with_flow("forward", body="hi"))
    sentence = seen["messages"][0]["failure"]["sentence"]
    assert "FORWARD_TO" in sentence
    error = seen["deliveries"][0]["errors"][0]
    assert (error["code"], error["what"]) == (11200, f"{ERRORS[11200]} (status 503)")
    assert error["advice"] == sentence


def test_an_exception_is_shown_with_file_line_and_traceback(
    guest_flow: Callable[[str, str], None],
) -> None:
    guest_flow("lunch", "def lunch(message, session):\n    return {}[message.body]\n")
    seen = Browser(FLOWS="flows").act("text", **with_flow("lunch", body="hi"))
    failure = seen["messages"][0]["failure"]
    assert failure["sentence"].endswith("lunch.py, line 2: KeyError: 'hi'")
    assert "return {}[message.body]" in failure["traceback"]
    assert seen["deliveries"][0]["errors"][0]["advice"] == failure["sentence"]
    assert [each["body"] for each in seen["messages"]][1].startswith("Sorry, something went wrong")


@pytest.fixture
def routed(tmp_path: Path) -> Browser:
    (tmp_path / "routes.toml").write_text(ROUTES)
    return Browser(ROUTES_FILE=str(tmp_path / "routes.toml"), TIME_ZONE="UTC")


def test_the_routes_of_the_number_are_shown_with_their_hours(routed: Browser) -> None:
    seen = routed.look(**with_flow("menu"))["routing"]  # on a Friday at 8:00
    assert [(each["word"], each["flow"]) for each in seen["keywords"]] == [("book", "appointment")]
    assert (seen["default"], seen["closed"]) == ("counter", "Mon-Fri 9:00-17:00")
    routed.act("later", **LINE, flow="menu", seconds="3600")
    assert routed.look(**with_flow("menu"))["routing"]["closed"] == ""
    answered = routed.act("text", **with_flow("menu", body="book"))
    assert answered["messages"][-1]["body"].startswith("What can we do for you?")
    assert answered["cookie"]["runs"] == "appointment"


def test_a_service_has_a_route_and_an_unknown_number_does_not(routed: Browser) -> None:
    other = {**LINE, "to": "+12025550111", "flow": "menu"}
    assert routed.look(**other)["routing"] is None
    assert routed.look(**other, service=f"MG{'0' * 32}")["routing"]["default"] == "menu"
    assert routed.act("text", **other, body="hi")["deliveries"][0]["errors"][0]["code"] == 11200


def chosen(**settings: str) -> str:
    page = Browser(**settings).page()
    return page.partition('data-chosen="')[2].partition('"')[0]


def test_with_routes_all_flows_are_selected_first(tmp_path: Path) -> None:
    (tmp_path / "routes.toml").write_text(ROUTES)
    assert chosen() == "counter"
    assert chosen(ROUTES_FILE=str(tmp_path / "routes.toml")) == "menu"
    assert chosen(FLOWS="tests.understanding.case_flows") == "asks"


def test_the_first_texts_of_a_flow_are_its_triggers(guest_flow: Callable[[str, str], None]) -> None:
    guest_flow(
        "lunch",
        "from parley import script\n@script(triggers=('soup', 'cake'))\n"
        "def lunch():\n    yield 'Your name?'\n",
    )
    flows = {name: tries for name, _, tries in Browser(FLOWS="flows").server()["flows"]}
    assert flows["lunch"] == ["soup", "cake"]
    assert flows["counter"] == ["hi"]
    assert next(iter(flows)) == "menu"


def test_an_opt_out_is_shown_in_thread_and_cookie() -> None:
    browser = Browser()
    seen = browser.act("text", **with_flow("counter", body="STOP"))
    assert (seen["opted_out"], seen["cookie"]["is_opt_out"]) == (True, True)
    seen = browser.act("text", **with_flow("counter", body="START"))
    assert seen["opted_out"] is False


def test_a_number_keeps_its_last_flow() -> None:
    browser = Browser()
    browser.act("text", **with_flow("counter", body="hi"))
    browser.act("text", **{**LINE, "to": "+12025550198", "flow": "menu", "body": "hi"})
    threads = browser.look(**with_flow("counter"))["threads"]
    assert [each["flow"] for each in threads] == ["counter", "menu"]


@pytest.mark.parametrize(
    ("request_", "signed", "cause"),
    [
        (f"{URL}/sms/counter\nBody=hi", signature(f"{URL}/sms/counter", {"Body": "hi"}), "right"),
        (f"{URL}/sms/counter\nBody=hi", signature(f"{URL}/sms/counter/", {"Body": "hi"}), "slash"),
        (f"{URL}/sms\nBody=hi", signature(f"{URL}/sms", {"Body": "hi"}), "right"),
    ],
)
def test_a_pasted_request_is_explained_with_the_servers_secrets(
    request_: str, signed: str, cause: str
) -> None:
    told = Browser().act("explain", request=request_, signature=signed)
    assert told["cause"] == cause
    assert TOKEN not in str(told)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"request": "hello", "signature": ""}, "Paste the URL in one line"),
        ({"request": f"{URL}/sms/counter", "signature": ""}, "The signature is missing"),
        ({"request": "x" * 20_001, "signature": ""}, "request must be a text of at most 20,000"),
    ],
)
def test_a_request_that_cannot_be_explained_is_an_error(
    given: Mapping[str, Any], sentence: str
) -> None:
    assert sentence in Browser().refused("explain", **given)


def test_the_archive_has_every_request_with_its_receipts() -> None:
    browser = Browser(STATUS_CALLBACKS="on")
    browser.act("text", **with_flow("counter", body="hi"))
    browser.act("again", **with_flow("counter"))
    entries = browser.archive(**with_flow("counter"))["log"]["entries"]
    paths = [each["request"]["url"].removeprefix(URL) for each in entries]
    assert paths == ["/sms/counter", "/sms/status", "/sms/status"] * 2
    first = entries[0]
    assert {"name": "Body", "value": "hi"} in first["request"]["postData"]["params"]
    assert first["response"]["status"] == 200
    assert first["response"]["content"]["text"].startswith("<?xml")


@pytest.mark.parametrize("action", ["text", "slow", "down", "lost", "hold"])
def test_an_empty_text_is_not_sent(action: str) -> None:
    assert Browser().refused(action, **with_flow("counter", body=" ")) == "Write a text first.\n"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"from": "0551"}, "My number is not one."),
        ({"to": "MYBANK"}, "The app's number is not one."),
        ({"service": "MG1"}, "The Messaging Service is not one."),
        ({"fate": "eaten"}, "There is no such fate."),
        ({"flow": "nope"}, "There is no such flow."),
    ],
)
def test_an_invalid_field_is_an_error(wrong: dict[str, str], sentence: str) -> None:
    assert sentence in Browser().refused("text", **{**with_flow("counter", body="hi"), **wrong})


def test_a_secret_is_not_copied(guest_flow: Callable[[str, str], None]) -> None:
    guest_flow(
        "lunch",
        "from parley import Reply, Secret\n"
        "def lunch(message, session, *, kitchen_key: Secret, kitchen: str):\n"
        "    return Reply(kitchen)\n",
    )
    browser = Browser(FLOWS="flows", KITCHEN_KEY="very secret", KITCHEN="red")
    copied = browser.act("text", **with_flow("lunch", body="hi"))["test"]
    assert 'settings={"KITCHEN": "red"}' in copied
    assert "very secret" not in copied
    assert SETTINGS["SESSION_SECRET"] not in copied
