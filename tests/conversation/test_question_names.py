"""The names of a script's questions come from its source, never from a text."""

from collections.abc import Generator
from functools import partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from parley.conversation import (
    Flow,
    Reply,
    Script,
    call,
    choice,
    confirm,
    number,
    rng,
    script,
    text,
)
from parley.conversation.script_events import ASKED
from parley.discovery import load_flows
from tests.conversation.scripts import Sender

SIZES = ("small", "large")


def asked(flow: Flow, *texts: str) -> list[str]:
    """Return the names of the questions that these texts lead to."""
    sender = Sender(flow)
    for each in texts:
        sender.says(each)
    return [question for _, event, question in sender.script_events if event == ASKED]


@script
def every_way() -> Script:
    """Assign answers in every possible way."""
    plain = yield "1?"
    typed: str = yield from text("2?")
    (yield from confirm("3?"))
    if (yield "4?") == "x" or (yield from confirm("5?")):
        return "Over."
    plain += yield Reply("6?")
    answers = {}
    answers["a"] = yield "7?"
    answers.update(b=(yield "8?"))
    while (walrus := (yield "9?")) != "done":
        answers["c"] = walrus
    yield "10?"
    listed = [(yield "11?"), (yield "12?")]
    return f"{plain} {typed} {listed}" if (yield from confirm("Sure?")) else "Over."


def test_a_question_is_named_after_its_variable_its_function_or_its_line() -> None:
    texts = ["hi", *"12", "yes", "4", "no", *"678", "go", "done", *["more"] * 3, "yes"]
    names = asked(every_way, *texts)
    assert names == [
        "plain",
        "typed",
        "confirm",
        "question",
        "confirm-2",
        "plain-2",
        "answers",
        "b",
        "walrus",
        "walrus",
        "question-2",
        "listed",
        "listed-2",
        "confirm-3",
    ]
    assert every_way.questions == tuple(dict.fromkeys(names))


def address() -> Generator[Any, Any, str]:
    street = yield "Which street?"
    city = yield from choice("Which city?", ("Rome", "Oslo"))
    return f"{street}, {city}"


@script
def parcel() -> Script:
    """Ask for two addresses, with a generator."""
    sender = yield from address()
    drawn = yield rng()
    weight = yield call(drawn.randrange, 9)
    to = yield from address()
    return f"{weight} from {sender} to {to}"


def test_an_authors_generator_names_its_questions_for_each_use() -> None:
    names = ["sender.street", "sender.city", "to.street", "to.city"]
    assert asked(parcel, "hi", "Elm Street", "Rome", "Oak Street") == names
    assert parcel.questions == tuple(names)


def word(tries: int) -> Generator[Any, Any, str]:
    found = yield f"A word, at try {tries}?"
    return "yes" if found == "yes" else (yield from word(tries + 1))


@script
def recursive() -> Script:
    """Ask with a generator that calls itself."""
    last = yield from word(1)
    return f"{last}"


def test_a_recursive_generator_has_one_name_per_line() -> None:
    names = asked(recursive, "hi", *["no"] * 20)
    assert names == ["last.found", *["last.word"] * 20]
    assert recursive.questions == ("last.found", "last.word")


QUESTIONS = [address]
ask_weight = partial(number, min=1, max=9)


@script
def by_variable() -> Script:
    """Ask questions that the source does not name."""
    greeting = "Hello?"
    first = yield greeting
    for each in QUESTIONS:
        last = yield from each()
    weight = yield from ask_weight("Which weight?")
    return f"{first} {last} {weight}"


def test_other_questions_get_a_name_when_they_are_asked() -> None:
    assert by_variable.questions == ()
    names = asked(by_variable, "hi", "there", "Elm Street", "Rome")
    assert names == ["first", "last.street", "last.city", "weight"]


def loaded(file: Path, source: str) -> Any:
    """Return the function `asking` of a file."""
    file.write_text(source)
    spec = spec_from_file_location(file.stem, file)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.__dict__["asking"]


def test_questions_of_a_script_without_source_are_named_after_lines(tmp_path: Path) -> None:
    file = tmp_path / "asking.py"
    asking = loaded(file, "def asking():\n    a = yield 'A?'\n    b = yield 'B?'\n    return 'x'\n")
    file.unlink()
    flow = script(asking)
    assert flow.questions == ()
    assert asked(flow, "hi", "one", "two") == ["line-2", "line-3"]


def test_a_source_that_changed_since_the_import_is_not_an_error(tmp_path: Path) -> None:
    file = tmp_path / "asking.py"
    inner = loaded(file, "def asking():\n    a = yield 'A?'\n    return a\n")
    file.write_text("def asking(:\n")

    @script
    def outer() -> Script:
        found = yield from inner()
        return f"{found}"

    assert asked(outer, "hi") == ["found.line-2"]


@pytest.mark.parametrize("name", [name for name, each in load_flows().items() if each.waits])
def test_the_questions_of_the_deployed_scripts_are_known_in_advance(
    name: str,
) -> None:
    flow = load_flows()[name]
    assert {
        "appointment": ("service", "day", "at", "at-2", "name", "confirm"),
        "directory": ("wanted", "confirm", "person"),
        "five-letters": ("guess",),
        "sign-up": ("name", "colour"),
    }[name] == flow.questions


@script(several=True)
def order() -> Script:
    """Accept several answers in one text."""
    size = yield from choice("Which size?", SIZES)
    count = yield from number("How many?", 1, 9)
    return f"{count} {size}"


def test_names_contain_nothing_from_texts() -> None:
    sender = Sender(order)
    for each in ("hi", "my-recognisable words", "small", "back", "large 3"):
        sender.says(each)
    assert {question for _, _, question in sender.script_events} == {"", "size", "count"}
