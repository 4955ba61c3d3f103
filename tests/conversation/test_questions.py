"""The questions that every conversation needs, and what they do with answers that do not fit."""

import itertools
import json
from collections.abc import Callable
from datetime import date as day

import pytest

from app.conversation import (
    Asking,
    Flow,
    Refused,
    Script,
    ScriptFailed,
    ask,
    choice,
    confirm,
    conversation,
    date,
    number,
    text,
)
from app.conversation.dates import day_of, shown
from tests.conversation.scripts import Sender

TODAY = day(2026, 11, 21)  # a Saturday


def scripted(asking: Callable[[], Asking]) -> Flow:
    """A script that asks this, and says what it got."""

    @conversation
    def script() -> Script:
        return f"got {(yield from asking())!r}"

    return script


def heard(asking: Callable[[], Asking], *texts: str) -> list[str]:
    """What comes back where this is asked, and each text answers."""
    sender = Sender(scripted(asking))
    sender.says("hi")
    return [sender.says(each).partition("\n")[0] for each in texts]


@pytest.mark.parametrize(
    ("answer", "got"),
    [
        ("2", "beard trim"),
        (" 2. ", "beard trim"),
        ("Beard Trim!", "beard trim"),
        ("Beard Trim ?!", "beard trim"),
        ("BEARD TRIMX", None),
        ("b", "beard trim"),
        ("haircut", "haircut"),
        ("hairc", None),
        ("haircut and", "haircut and wash"),
        ("h", None),
        ("0", None),
        ("3", "haircut and wash"),
        ("4", None),
        ("000000001", "haircut"),
        ("0000000001", None),
        ("²", None),
        ("", None),
        ("trim", None),
    ],
)
def test_a_choice_is_made_by_number_word_or_beginning(answer: str, got: str | None) -> None:
    options = ("haircut", "beard trim", "haircut and wash")
    (said,) = heard(lambda: choice("Which?", options), answer)
    refused = "Please answer with a number from the list, or with its word."
    assert said == (refused if got is None else f"got {got!r}")


def test_a_choice_lists_its_options_and_remembers_a_number() -> None:
    @conversation
    def script() -> Script:
        dish = yield from choice("Which?", ("soup", "salad"))
        return str((yield f"{dish}: sure?"))

    sender = Sender(script)
    assert sender.says("hi") == "Which?\n1. soup\n2. salad"
    assert sender.says("sal") == "salad: sure?"
    assert sender.answers == [1]


@pytest.mark.parametrize("answer", ["yes", "Y", "yep", "YEAH", "sure", "ok", "Ok."])
def test_yes_has_many_words(answer: str) -> None:
    assert heard(lambda: confirm("Sure?"), answer) == ["got True"]


@pytest.mark.parametrize("answer", ["no", "N", "nope", "Nah!"])
def test_no_has_many_words(answer: str) -> None:
    assert heard(lambda: confirm("Sure?"), answer) == ["got False"]


def test_what_is_neither_yes_nor_no_is_asked_again() -> None:
    said = heard(lambda: confirm("Sure?", again="Yes or no?"), "maybe", "", "yes")
    assert said == ["Yes or no?", "Yes or no?", "got True"]


@pytest.mark.parametrize(
    ("answer", "got"),
    [
        ("1", 1),
        ("10", 10),
        (" 7.", 7),
        ("0", None),
        ("11", None),
        ("-3", None),
        ("1_0", None),
        ("٣", 3),
        ("x", None),
    ],
)
def test_a_number_is_within_its_range(answer: str, got: int | None) -> None:
    (said,) = heard(lambda: number("How many?", 1, 10), answer)
    refused = "Please answer with a whole number from 1 to 10."
    assert said == (refused if got is None else f"got {got}")


def test_a_number_may_be_below_zero_whatever_its_sign_is_written_with() -> None:
    assert heard(lambda: number("How cold?", -5, 5), "-3") == ["got -3"]
    assert heard(lambda: number("How cold?", -5, 5), "−3") == ["got -3"]


def test_a_choice_is_between_words_that_differ() -> None:
    for options in ((), ("a", "A."), ("a", " ")):
        with pytest.raises(ValueError, match=r"^a choice has options, and each is another word$"):
            next(choice("Which?", options))


def test_a_text_has_160_characters_where_nothing_is_said() -> None:
    assert heard(lambda: text("What?"), "x" * 161, "x" * 160) == [
        "Please answer with 1 to 160 characters.",
        f"got {'x' * 160!r}",
    ]


def test_a_number_of_a_thousand_digits_is_refused() -> None:
    (said,) = heard(lambda: number("How many?", 1, 10), "1" + "0" * 9_999)
    assert said.startswith("Please answer")


@pytest.mark.parametrize(("answer", "fits"), [("ab", True), ("abcd", True), ("a", False)])
def test_a_text_has_a_length(answer: str, fits: bool) -> None:
    (said,) = heard(lambda: text("Name?", least=2, most=4), f" {answer} ")
    assert said == (f"got {answer!r}" if fits else "Please answer with 2 to 4 characters.")
    assert heard(lambda: text("Name?", most=4), "abcde") != ["got 'abcde'"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-12-24", day(2026, 12, 24)),
        ("24 December", day(2026, 12, 24)),
        ("24. Dec 2027", day(2027, 12, 24)),
        ("Dec 24th", day(2026, 12, 24)),
        ("21 November", TODAY),
        ("20 November", day(2027, 11, 20)),
        ("the 3rd of May", None),
        ("3rd of May", day(2027, 5, 3)),
        ("January 2, 2027", day(2027, 1, 2)),
        ("January 2, 2028", day(2028, 1, 2)),
        ("today", TODAY),
        ("Tomorrow.", day(2026, 11, 22)),
        ("Saturday", day(2026, 11, 28)),
        ("mon", day(2026, 11, 23)),
        ("29 February", None),
        ("31 April", None),
        ("2026-13-01", None),
        ("0000-01-01", None),
        ("12/24", None),
        ("24 Foo", None),
        ("", None),
    ],
)
def test_a_day_is_written_in_many_ways(said: str, meant: day | None) -> None:
    assert day_of(said, TODAY) == meant


def test_a_date_is_within_its_range() -> None:
    said = heard(
        lambda: date("When?", TODAY, TODAY, day(2026, 12, 1)), "2026-11-20", "2 Dec", "x", "1 Dec"
    )
    refused = "Please answer with a day from Sat 21 Nov 2026 to Tue 1 Dec 2026, like 24 December."
    assert said == [refused, refused, refused, "got datetime.date(2026, 12, 1)"]
    assert shown(TODAY) == "Sat 21 Nov 2026"


def never(_: str) -> str:
    raise Refused("Please answer otherwise.")


QUESTIONS = {
    "ask": lambda: ask("?", never, tries=2, otherwise="gave up"),
    "choice": lambda: choice("?", ("a", "b"), tries=2, otherwise="gave up"),
    "confirm": lambda: confirm("?", tries=2, otherwise="gave up"),
    "number": lambda: number("?", 1, 2, tries=2, otherwise="gave up"),
    "text": lambda: text("?", most=2, tries=2, otherwise="gave up"),
    "date": lambda: date("?", TODAY, TODAY, TODAY, tries=2, otherwise="gave up"),
}


@pytest.mark.parametrize("name", list(QUESTIONS))
def test_after_its_tries_it_goes_on_to_what_the_author_says(name: str) -> None:
    said = heard(QUESTIONS[name], "what's that?", "or that?")
    assert said[0].startswith("Please answer")
    assert said[1] == "got 'gave up'"


def test_failed_tries_do_not_fill_the_cookie() -> None:
    @conversation
    def script() -> Script:
        return str((yield from confirm("Sure?")))

    sender = Sender(script)
    sender.says("hi")
    empty = len(sender.session)
    for _ in range(9):
        sender.says("what?" * 99)
    assert len(sender.session) <= empty + len(', "t": 9')
    assert sender.says("what?").endswith("\nSure?")


def test_a_question_given_up_is_remembered_and_can_be_asked_again() -> None:
    @conversation
    def script() -> Script:
        count = yield from number("How many?", 1, 9, tries=1, otherwise=0)
        who = yield f"{count} for whom?"
        return f"{count} for {who}"

    sender = Sender(script)
    sender.says("hi")
    assert sender.says("many") == "0 for whom?"
    assert sender.says("back") == "How many?"
    assert sender.says("3") == "3 for whom?"
    assert sender.says("back") == "How many?"
    assert sender.says("x") == "0 for whom?"
    assert sender.says("Zoë") == "0 for Zoë"


def test_a_refusal_is_delivered_again_as_it_was() -> None:
    @conversation
    def script() -> Script:
        return str((yield from confirm("Sure?", tries=2)))

    sender = Sender(script)
    sender.says("hi")
    first = sender.says("what?", sid="SM9")
    assert sender.says("what?", sid="SM9") == first
    assert sender.says("what?", sid="SM8") == "None"


def test_a_question_of_ones_own_is_a_plain_one_unless_it_is_of_another_kind() -> None:
    @conversation
    def script() -> Script:
        return str((yield "Where?"))

    @conversation
    def with_a_reader() -> Script:
        return str((yield from ask("Where?", str.upper)))

    @conversation
    def of_another_kind() -> Script:
        return str((yield from ask("Where?", str.upper, kind="loud")))

    sender = Sender(script)
    sender.says("hi")
    sender.flow = of_another_kind
    assert sender.says("Rome").startswith("This conversation has changed")
    assert sender.says("Rome") == "ROME"
    sender.flow = script
    sender.says("hi")
    sender.flow = with_a_reader
    assert sender.says("Rome") == "ROME"


def test_a_question_of_ones_own_may_not_claim_what_is_taken() -> None:
    with pytest.raises(ScriptFailed, match="has a question that claims the word Stop"):
        heard(lambda: ask("?", str.strip, claims=("Go", "Stop")))


KINDS = {
    "choice": lambda: choice("?", ("a", "b")),
    "other options": lambda: choice("?", ("a", "c")),
    "confirm": lambda: confirm("?"),
    "number": lambda: number("?", 1, 2),
    "other number": lambda: number("?", 1, 3),
    "text": lambda: text("?"),
    "other text": lambda: text("?", most=9),
    "date": lambda: date("?", TODAY, TODAY, TODAY),
    "other date": lambda: date("?", TODAY, TODAY, day(2026, 11, 22)),
    "plain": lambda: ask("?", str.strip),
}


MARKS = {
    "choice": "mIU",
    "other options": "SPn",
    "confirm": "5g9",
    "number": "ig6",
    "other number": "XTU",
    "text": "kkZ",
    "other text": "pi5",
    "date": "sKZ",
    "other date": "GPU",
    "plain": "OyU",
}


def test_questions_in_the_same_words_are_told_apart_by_what_they_take() -> None:
    for one, two in itertools.permutations(KINDS.values(), 2):
        sender = Sender(scripted(one))
        sender.says("hi")
        sender.flow = scripted(two)
        assert sender.says("a").startswith("This conversation has changed")


def test_a_question_leaves_the_mark_that_it_has_always_left() -> None:
    """Another one would end every conversation that is under way when it is deployed."""
    marks = {}
    for name, each in KINDS.items():
        sender = Sender(scripted(each))
        sender.says("hi")
        marks[name] = json.loads(sender.session)["m"]
    assert marks == MARKS
