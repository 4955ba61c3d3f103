"""The questions for common kinds of answers, and their replies to invalid answers."""

import itertools
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from parley.conversation import (
    Flow,
    InvalidAnswer,
    Script,
    ScriptFailed,
    ask,
    choice,
    confirm,
    date,
    number,
    picture,
    script,
    text,
    time,
)
from parley.conversation.script_state import SID
from tests.conversation.scripts import Sender

TODAY = datetime(2026, 11, 21).date()  # a Saturday
UNCLEAR = "Sorry, I didn't get that. "


def scripted(asking: Callable[[], Any]) -> Flow:
    """Make a script that asks this question, and replies with the answer."""

    @script
    def talk() -> Script:
        return f"got {(yield from asking())!r}"

    return talk


def heard(asking: Callable[[], Any], *texts: str) -> list[str]:
    """Return the replies of a script that asks this question, one for each text."""
    sender = Sender(scripted(asking))
    sender.says("hi")
    return [sender.says(each).partition("\n")[0] for each in texts]


@pytest.mark.parametrize(
    ("answer", "tries", "said"),
    [
        ("shave", 1, UNCLEAR + "Please reply with a number from 1 to 2, or with the words."),
        ("3", 1, "Please choose a number from 1 to 2."),
        (
            "",
            1,
            "Sorry, your message was empty. Please reply with a number from 1 to 2, or with "
            "the words.",
        ),
        ("shave", 2, "I still didn't understand. For example, reply 1 for hair trim."),
        ("trim", 1, "Did you mean hair trim or beard trim?"),
    ],
)
def test_a_choice_repeats_its_options_after_an_invalid_answer(
    answer: str, tries: int, said: str
) -> None:
    options = ("hair trim", "beard trim")
    assert heard(lambda: choice("Which?", options), *[answer] * tries)[-1] == said


def test_the_options_of_a_choice_may_be_the_keys_of_a_dict() -> None:
    assert heard(lambda: choice("Which?", {"soup": 4, "salad": 5}), "2") == ["got 'salad'"]


def test_a_button_answers_a_choice() -> None:
    @script
    def talk() -> Script:
        return str((yield from choice("Which?", ("soup", "salad"))))

    for parameters in ({"ButtonPayload": "salad"}, {"ListId": "2"}):
        sender = Sender(talk)
        sender.says("hi")
        assert sender.says("Tap", parameters=parameters) == "salad"


def test_a_check_rejects_an_answer_with_its_own_text() -> None:
    def even(number: int) -> None:
        if number % 2:
            raise InvalidAnswer("Please pair up.")

    assert heard(lambda: number("How many?", 1, 9, check=even), "3", "4") == [
        "Please pair up.",
        "got 4",
    ]


def test_a_question_may_ask_for_a_picture() -> None:
    @script
    def talk() -> Script:
        return str((yield from picture("Your dog?")))

    sender = Sender(talk)
    sender.says("hi")
    assert sender.says("Rex").startswith("Sorry, I didn't get that. Please send a picture.")
    assert sender.says("", media=("https://a.b/rex",)) == "https://a.b/rex"


def test_the_hint_about_back_is_given_once_and_only_if_back_is_possible() -> None:
    @script
    def talk() -> Script:
        first = yield from confirm("One?")
        second = yield from confirm("Two?")
        return f"{first} {second}"

    sender = Sender(talk)
    sender.says("hi")
    assert not any("BACK" in sender.says("hm") for _ in range(3))
    sender.says("yes")
    assert ["BACK" in sender.says("hm") for _ in range(4)] == [False, True, False, False]


def test_a_choice_lists_its_options_and_stores_a_number() -> None:
    @script
    def talk() -> Script:
        dish = yield from choice("Which?", ("soup", "salad"))
        return str((yield f"{dish}: sure?"))

    sender = Sender(talk)
    assert sender.says("hi") == "Which?\n1. soup\n2. salad"
    assert sender.says("sal") == "salad: sure?"
    assert sender.answers == [1]


def test_an_answer_that_is_neither_yes_nor_no_is_asked_again() -> None:
    said = heard(lambda: confirm("Sure?", retry="Yes or no?"), "maybe", "", "yes")
    assert said == ["Yes or no?", "Yes or no?", "got True"]


@pytest.mark.parametrize(
    ("answer", "got"),
    [
        ("10", 10),
        ("11", None),
    ],
)
def test_a_number_must_be_in_the_range(answer: str, got: int | None) -> None:
    (said,) = heard(lambda: number("How many?", 1, 10), answer)
    assert (said == f"got {got}") is (got is not None)
    assert got is not None or "from 1 to 10" in said


def test_the_options_of_a_choice_must_differ() -> None:
    for options, why in (((), "no options"), (("a", "A."), "are the same"), (("a", " "), "empty")):
        with pytest.raises(ValueError, match=why):
            next(choice("Which?", options))


def test_a_text_has_at_most_160_characters_by_default() -> None:
    assert heard(lambda: text("What?"), "x" * 161, "x" * 160) == [
        "Sorry, that is too long. Please use at most 160 characters.",
        f"got {'x' * 160!r}",
    ]


def test_a_number_of_a_thousand_digits_is_rejected() -> None:
    (said,) = heard(lambda: number("How many?", 1, 10), "1" + "0" * 9_999)
    assert "from 1 to 10" in said


def test_a_date_is_relative_to_the_day_of_its_answer() -> None:
    @script
    def talk() -> Script:
        return str((yield from date("When?", within=10)))

    sender = Sender(talk, now=datetime(2026, 11, 21, 23, 59))
    sender.says("hi")
    assert sender.says("1 Dec 2027").startswith("Please choose a day from Sat 21 Nov 2026 to Tue 1")
    sender.now = datetime(2026, 11, 22)
    assert sender.says("21 Nov 2026").startswith("Please choose a day from Sun 22 Nov 2026")
    assert sender.says("today") == "2026-11-22"


def test_the_first_and_the_last_day_are_included() -> None:
    within = lambda: date("When?", within=10)  # noqa: E731  # the same question four times
    assert heard(within, "2026-11-21") == ["got datetime.date(2026, 11, 21)"]
    assert heard(within, "2026-12-01") == ["got datetime.date(2026, 12, 1)"]
    assert heard(within, "2026-11-20") != ["got datetime.date(2026, 11, 20)"]
    assert heard(within, "2026-12-02") != ["got datetime.date(2026, 12, 2)"]


def test_today_is_excluded_after_a_given_time() -> None:
    @script
    def talk() -> Script:
        return str((yield from date("When?", within=10, before="17:00")))

    sender = Sender(talk, now=datetime(2026, 11, 21, 17))
    sender.says("hi")
    assert "from Sun 22 Nov 2026" in sender.says("today")
    sender.now = datetime(2026, 11, 21, 16, 59)
    assert sender.says("today") == "2026-11-21"


def test_a_time_that_has_passed_is_rejected() -> None:
    @script
    def talk() -> Script:
        return str((yield from time("When?", "9:00", "17:00", day=TODAY)))

    sender = Sender(talk, now=datetime(2026, 11, 21, 10))
    sender.says("hi")
    assert sender.says("10:00").startswith("That time has passed.")
    assert sender.says("8:00").startswith("Please choose a time from 9:00 to before 17:00.")
    sender.now = datetime(2026, 11, 21, 10, 1)
    assert sender.says("10:01").startswith("That time has passed.")
    assert sender.says("10:02") == "10:02:00"


def test_am_or_pm_is_inferred_from_the_opening_hours_if_possible() -> None:
    assert heard(lambda: time("When?", "9:00", "17:00"), "3") == ["got datetime.time(15, 0)"]
    assert heard(lambda: time("When?"), "9", "9 pm") == [
        "Did you mean 9:00 or 21:00?",
        "got datetime.time(21, 0)",
    ]


def never(_: str) -> str:
    raise InvalidAnswer("Something else, please.")


QUESTIONS = {
    "ask": lambda: ask("?", never, tries=2, default="gave up"),
    "choice": lambda: choice("?", ("a", "b"), tries=2, default="gave up"),
    "confirm": lambda: confirm("?", tries=2, default="gave up"),
    "number": lambda: number("?", 1, 2, tries=2, default="gave up"),
    "text": lambda: text("?", max=2, tries=2, default="gave up"),
    "date": lambda: date("?", within=0, tries=2, default="gave up"),
    "time": lambda: time("?", tries=2, default="gave up"),
    "picture": lambda: picture("?", tries=2, default="gave up"),
}


@pytest.mark.parametrize("name", list(QUESTIONS))
def test_after_the_last_try_the_script_continues_with_the_default(name: str) -> None:
    said = heard(QUESTIONS[name], "what's that?", "or that?")
    assert not said[0].startswith("got")
    assert said[1] == "got 'gave up'"


def test_invalid_answers_do_not_fill_the_cookie() -> None:
    @script
    def talk() -> Script:
        return str((yield from confirm("Sure?")))

    sender = Sender(talk)
    sender.says("hi")
    empty = len(sender.session)
    for _ in range(9):
        sender.says("what?" * 99)
    assert len(sender.session) <= empty + len(', "t": 9') + 4 * SID
    assert sender.says("what?").endswith("\nSure?")


def test_a_question_without_an_answer_is_recorded_and_can_be_asked_again() -> None:
    @script
    def talk() -> Script:
        count = yield from number("How many?", 1, 9, tries=1, default=0)
        who = yield f"{count} for whom?"
        return f"{count} for {who}"

    sender = Sender(talk)
    sender.says("hi")
    assert sender.says("many") == "0 for whom?"
    assert sender.says("back") == "How many?"
    assert sender.says("3") == "3 for whom?"
    assert sender.says("back") == "How many?"
    assert sender.says("x") == "0 for whom?"
    assert sender.says("Zoë") == "0 for Zoë"


def test_a_repeated_delivery_of_an_invalid_answer_gets_the_same_reply() -> None:
    @script
    def talk() -> Script:
        return str((yield from confirm("Sure?", tries=2)))

    sender = Sender(talk)
    sender.says("hi")
    first = sender.says("what?", sid="SM9")
    assert sender.says("what?", sid="SM9") == first
    assert sender.says("what?", sid="SM8") == "None"


def test_ask_may_be_yielded_and_yielded_from() -> None:
    def even(text: str) -> int:
        if not text.isdigit() or int(text) % 2:
            raise InvalidAnswer("An even number, please.")
        return int(text)

    @script
    def talk() -> Script:
        first = yield ask("First?", even, tries=2, default=100)
        second = yield from ask("Second?", even, tries=2, default=200)
        return str(first + second)

    sender = Sender(talk)
    assert sender.says("hi") == "First?"
    assert sender.says("3") == "An even number, please.\nFirst?"
    assert sender.says("5") == "Second?"
    assert sender.says("7") == "An even number, please.\nSecond?"
    assert sender.says("8") == "108"

    sender = Sender(talk)
    assert [sender.says(body) for body in ("hi", "4", "1", "3")][-1] == "204"


def test_an_authors_question_is_a_plain_one_unless_it_has_another_kind() -> None:
    @script
    def talk() -> Script:
        return str((yield "Where?"))

    @script
    def with_a_reader() -> Script:
        return str((yield from ask("Where?", str.upper)))

    @script
    def of_another_kind() -> Script:
        return str((yield from ask("Where?", str.upper, kind="loud")))

    sender = Sender(talk)
    sender.says("hi")
    sender.flow = of_another_kind
    assert sender.says("Rome").startswith("Sorry, something changed")
    assert sender.says("Rome") == "ROME"
    sender.flow = talk
    sender.says("hi")
    sender.flow = with_a_reader
    assert sender.says("Rome") == "ROME"


def test_an_authors_question_may_not_use_a_reserved_word() -> None:
    with pytest.raises(ScriptFailed, match="has a question that uses the word Stop"):
        heard(lambda: ask("?", str.strip, claims=("Go", "Stop")))


KINDS: dict[str, Callable[[], Any]] = {
    "choice": lambda: choice("?", ("a", "b")),
    "other options": lambda: choice("?", ("a", "c")),
    "confirm": lambda: confirm("?"),
    "number": lambda: number("?", 1, 2),
    "other number": lambda: number("?", 1, 3),
    "text": lambda: text("?"),
    "other text": lambda: text("?", max=9),
    "date": lambda: date("?", within=1),
    "other date": lambda: date("?", within=2),
    "time": lambda: time("?"),
    "other time": lambda: time("?", "9:00"),
    "picture": lambda: picture("?"),
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
    "date": "bIn",
    "other date": "PiA",
    "time": "E2Z",
    "other time": "mJz",
    "picture": "uhL",
    "plain": "OyU",
}


def test_questions_with_the_same_text_differ_by_their_accepted_answers() -> None:
    assert len({*MARKS.values()}) == len(MARKS), "two questions have the same mark"
    for one, two in itertools.pairwise(KINDS.values()):
        sender = Sender(scripted(one))
        sender.says("hi")
        sender.flow = scripted(two)
        assert sender.says("a").startswith("Sorry, something changed")


def test_the_mark_of_a_question_stays_the_same_across_versions() -> None:
    """A changed mark would restart all open conversations at the next deploy."""
    marks = {}
    for name, each in KINDS.items():
        sender = Sender(scripted(each))
        sender.says("hi")
        marks[name] = json.loads(sender.session)["m"]
    assert marks == MARKS
