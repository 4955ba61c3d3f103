"""The events of a script: every question that is asked ends exactly once."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.conversation import (
    Finished,
    Flow,
    Reply,
    Script,
    call,
    choice,
    confirm,
    goto,
    number,
    script,
    text,
)
from parley.conversation.script_events import (
    ANSWERED,
    ASKED,
    BEGUN,
    GIVEN_UP,
    LEFT,
    SCRIPT_EVENTS,
    WENT_BACK,
)
from tests.conversation.scripts import Sender


@script(on_finished=lambda _submission: None)
def dinner() -> Script:
    """Order dinner."""
    name = yield "Your name?"
    dish = yield from choice("Which dish?", ("soup", "cake"), tries=3, default="soup")
    if not (yield from confirm(f"{dish} for {name}?")):
        return Reply()
    return Finished("Coming.", dish=dish)


@script(several=True, first_message_answers=True)
def quick() -> Script:
    """Accept all answers in one text."""
    size = yield from choice("Which size?", ("small", "large"))
    count = yield from number("How many?", 1, 9)
    colour = yield from text("Which colour?")
    return f"{count} {size} {colour}"


@script
def reception() -> Script:
    """Continue with another flow."""
    wish = yield "What do you want?"
    return goto(wish)


def told(flow: Flow, *texts: str) -> list[str]:
    """Return the events of the last of these texts, such as `answered name`."""
    sender = Sender(flow)
    for each in texts[:-1]:
        sender.says(each)
    sender.script_events.clear()
    sender.says(texts[-1])
    assert {name for name, _, _ in sender.script_events} <= {flow.name}
    return [" ".join(filter(None, event)) for _, *event in sender.script_events]


@pytest.mark.parametrize(
    ("flow", "texts", "events"),
    [
        (dinner, ["hi"], ["begun", "asked name"]),
        (dinner, ["hi", "Bob"], ["answered name", "asked dish"]),
        (dinner, ["hi", "Bob", "tea"], ["asked again dish"]),
        (dinner, ["hi", "Bob", "tea", "tea", "tea"], ["given up dish", "asked confirm"]),
        (dinner, ["hi", "Bob", "1", "yes"], ["answered confirm", "finished"]),
        (dinner, ["hi", "Bob", "1", "no"], ["answered confirm", "finished"]),
        (dinner, ["hi", "Bob", "back"], ["went back dish", "asked name"]),
        (dinner, ["hi", "Bob", "undo"], ["went back dish", "asked name"]),
        (dinner, ["hi", "back"], ["asked again name"]),
        (dinner, ["hi", "Bob", "restart"], ["left dish", "restart", "begun", "asked name"]),
        (dinner, ["hi", "Bob", "start over"], ["left dish", "restart", "begun", "asked name"]),
        (dinner, ["hi", "Bob", "exit"], ["left dish", "exit"]),
        (dinner, ["hi", "Bob", "never mind"], ["left dish", "exit"]),
        (dinner, ["hi", "Bob", "please stop texting me"], ["left dish", "stop"]),
        (dinner, ["please stop texting me"], []),
        (dinner, ["hi", "Bob", "no wait, Tom"], ["asked again dish"]),
        (dinner, ["hi", "Bob", "1", "no, cake"], ["went back confirm", "asked confirm"]),
        (dinner, ["hi", "thanks!"], ["asked again name"]),
        (dinner, ["hi", "Liked “Your name?”"], []),
        (dinner, ["thanks!"], []),
        (quick, ["hello"], ["begun", "asked size"]),
        (quick, ["small"], ["begun", "asked size", "answered size", "asked count"]),
        (
            quick,
            ["hello", "large 3"],
            ["answered size", "asked count", "answered count", "asked colour"],
        ),
        (reception, ["hi", "directory"], ["answered wish", "finished"]),
    ],
)
def test_the_events_of_a_text(flow: Flow, texts: list[str], events: list[str]) -> None:
    assert told(flow, *texts) == events


def test_a_changed_script_ends_and_starts_again() -> None:
    sender = Sender(dinner)
    sender.says("hi")
    sender.flow = quick
    sender.script_events.clear()
    sender.says("Bob")
    assert [event for _, event, _ in sender.script_events] == ["changed", "begun", "asked"]


def test_a_changed_script_can_end_at_an_unknown_question() -> None:
    sender = Sender(dinner)
    sender.says("hi")
    sender.flow = quick
    sender.script_events.clear()
    assert sender.says("exit") == "Goodbye."
    assert sender.script_events == [("quick", "exit", "")]


def test_a_repeated_delivery_counts_once() -> None:
    sender = Sender(dinner)
    sender.says("hi", "SM1")
    sender.script_events.clear()
    sender.says("hi", "SM1")
    assert sender.script_events == []


def test_finding_the_pending_question_makes_no_call() -> None:
    called: list[Any] = []

    @script
    def calling() -> Script:
        first = yield "First?"
        yield call(called.append, first)
        second = yield "Second?"
        return f"{second}"

    sender = Sender(calling)
    sender.says("hi")
    sender.says("one")
    assert called == ["one"]
    sender.says("exit")
    assert sender.script_events[-2:] == [("calling", "left", "second"), ("calling", "exit", "")]
    assert called == ["one"]


@script(several=True)
def long() -> Script:
    """Ask in a loop, with a limit of tries, and with a summary that can be corrected."""
    items: list[Any] = []
    while not items or (yield from confirm("More?", tries=2, default=False)):
        what = yield from choice("What?", ("soup", "cake"))
        count = yield from number("How many?", 1, 9, tries=3, default=1)
        items.append((what, count))
    name = yield "Name?"
    note = yield from text("A note?", max=10)
    if not (yield from confirm(f"{items} for {name} ({note})?")):
        return "Nothing."
    return "Coming."


FITTING = ("hi", "soup", "2", "yes", "no", "Bob", "cake 3", "a note")
WORDS = ("back", "restart", "exit", "no wait, cake", "no, 3", "thanks", "please stop texting me")
TEXTS = st.lists(st.sampled_from([*FITTING * 3, *WORDS, "x" * 200]), max_size=40)


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_every_question_and_script_ends_once_or_is_pending(texts: list[str]) -> None:
    sender = Sender(long)
    for each in texts:
        sender.says(each)
    questions: dict[str, Counter[str]] = {}
    scripts: Counter[str] = Counter()
    for _, event, question in sender.script_events:
        questions.setdefault(question, Counter())[event] += 1
        scripts[event] += not question
    questions.pop("", None)
    waits = sender.session != "{}"
    open_ones = {
        question: found[ASKED] - sum(found[each] for each in (ANSWERED, GIVEN_UP, WENT_BACK, LEFT))
        for question, found in questions.items()
    }
    assert sorted(filter(None, open_ones.values())) == [1] * waits
    ended = sum(scripts[each] for each in SCRIPT_EVENTS if each != BEGUN)
    assert scripts[BEGUN] - ended == waits
