"""In these tests it is Friday, 15 January 2027, 8:00 UTC."""

import pytest

from parley.testing import Sms

WHAT = """< What can we do for you?
< 1. haircut
< 2. beard trim
< 3. colouring"""
BACK = "To return to the previous question, reply BACK."
TIME = "At what time, from 9:00 to 17:00?"


@pytest.fixture
def sms(sms: Sms) -> Sms:
    return sms(settings={"TIME_ZONE": "UTC"})


def test_an_appointment_is_made_despite_invalid_answers(sms: Sms) -> None:
    sms.play(
        "appointment",
        f"""
        > hi
        {WHAT}
        > shave
        < Sorry, I didn't get that. Please reply with a number from 1 to 3, or with the words.
        {WHAT}
        > trim please
        < On which day?
        > 14 January 2027
        < Please choose a day from Fri 15 Jan 2027 to Thu 15 Apr 2027.
        < On which day?
        > sunday
        < Sorry, we're closed on Sundays. {BACK}
        < On which day?
        > tmrw
        < {TIME}
        > sometime
        < Sorry, I didn't get that. Please reply with a time from 9:00 to 17:00, like 9:00.
        < {TIME}
        > whenever
        < I still didn't understand. For example, reply 9:00. {BACK}
        < {TIME}
        > 5 pm
        < Please choose a time from 9:00 to before 17:00.
        < {TIME}
        > go back
        < On which day?
        > next monday
        < {TIME}
        > half past 2
        < What is your name?
        > Alice
        < beard trim, Mon 18 Jan 2027 at 14:30, for Alice: is that right?
        > perhaps
        < Sorry, I didn't get that. Please reply yes or no.
        < beard trim, Mon 18 Jan 2027 at 14:30, for Alice: is that right?
        > No, Tuesday
        < beard trim, Tue 19 Jan 2027 at 14:30, for Alice: is that right?
        > no wait, it's Bob
        < beard trim, Tue 19 Jan 2027 at 14:30, for Bob: is that right?
        > 👍
        < See you then: beard trim, Tue 19 Jan 2027 at 14:30, for Bob.
        > thanks!
        """,
    )
    assert sms.cookie == ""


def test_several_answers_in_one_text_are_all_understood(sms: Sms) -> None:
    sms.text("appointment", "hi")
    assert sms.text("appointment", "haircut monday 10am") == "What is your name?"
    assert "haircut, Mon 18 Jan 2027 at 10:00, for Al" in sms.text("appointment", "Al")


def test_the_time_is_asked_again_if_it_is_taken(sms: Sms) -> None:
    for body in ("hi", "1", "monday"):
        sms.text("appointment", body)
    assert sms.text("appointment", "noon") == "Sorry, 12:00 is taken. Which other time?"
    assert sms.text("appointment", "1pm") == "What is your name?"


def test_nothing_is_booked_without_a_yes(sms: Sms) -> None:
    for body in ("hi", "1", "monday", "10", "Alice"):
        sms.text("appointment", body)
    assert sms.text("appointment", "no").startswith("Okay, nothing is booked.")


def test_a_time_is_compared_with_the_time_of_the_answer(sms: Sms) -> None:
    for body in ("hi", "1", "today"):
        sms.text("appointment", body)
    sms.later(hours=2)
    assert sms.text("appointment", "10:00").startswith("That time has passed.")
    assert sms.text("appointment", "10:01") == "What is your name?"


def test_a_time_that_passes_before_the_confirmation_is_not_booked(sms: Sms) -> None:
    for body in ("hi", "1", "today", "10", "Alice"):
        sms.text("appointment", body)
    sms.later(hours=2)
    assert sms.text("appointment", "yes").startswith("Sorry, that time has passed")


def test_after_midnight_today_is_the_day_of_the_answer(sms: Sms) -> None:
    sms.later(hours=15)
    sms.text("appointment", "hi")
    sms.later(hours=2)
    sms.text("appointment", "1")
    assert sms.text("appointment", "today") == TIME
    sms.text("appointment", "9")
    assert "Sat 16 Jan 2027" in sms.text("appointment", "Al")


def test_today_is_not_available_after_closing_time(sms: Sms) -> None:
    sms.later(hours=9)
    for body in ("hi", "1"):
        sms.text("appointment", body)
    assert "from Sat 16 Jan 2027" in sms.text("appointment", "today")


def test_today_depends_on_the_time_zone(sms: Sms) -> None:
    abroad = sms(settings={"TIME_ZONE": "Pacific/Auckland"})
    for body in ("hi", "1"):
        abroad.text("appointment", body)
    assert "from Sat 16 Jan 2027" in abroad.text("appointment", "yesterday")


def test_the_settings_define_the_opening_hours(sms: Sms) -> None:
    sms = sms(settings={"APPOINTMENT_HOURS": "12:30-13:00"})
    for body in ("hi", "1", "monday"):
        sms.text("appointment", body)
    assert "from 12:30 to before 13:00" in sms.text("appointment", "12:29")
    assert "from 12:30 to before 13:00" in sms.text("appointment", "13:00")
    assert sms.text("appointment", "12:59") == "What is your name?"


def test_its_longest_path_fits_the_cookie(sms: Sms) -> None:
    assert sms.longest_path("appointment", "hi", "3", "monday", "10", "x" * 60) < 600


def test_the_engines_own_texts_are_in_the_language_of_the_setting(sms: Sms) -> None:
    sms = sms(settings={"SCRIPT_LANGUAGE": "es"})
    sms.text("appointment", "hola")
    assert sms.text("appointment", "manicura").startswith("Perdón, no entendí.")
    sms.text("appointment", "el primero")
    assert sms.text("appointment", "pasado mañana").startswith("Sorry, we're closed"), (
        "the flow's own text is not translated"
    )
    assert sms.text("appointment", "el lunes a las 10") == "What is your name?"


HINT = "To change an answer, reply BACK.\n"
SUMMARY = "haircut, {} at 10:00, for Bob: is that right?"


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("no tuesday", SUMMARY.format("Tue 19 Jan 2027")),
        ("No Sunday", "Sorry, we're closed on Sundays.\n" + SUMMARY.format("Mon 18 Jan 2027")),
        ("No, Sunday", "Sorry, we're closed on Sundays.\n" + SUMMARY.format("Mon 18 Jan 2027")),
        ("No, Tuesday at 11", HINT + SUMMARY.format("Mon 18 Jan 2027")),
        ("No, 11 on Tuesday", HINT + SUMMARY.format("Mon 18 Jan 2027")),
        ("No, the 19th", SUMMARY.format("Tue 19 Jan 2027")),
        ("No, 5", HINT + SUMMARY.format("Mon 18 Jan 2027")),
        ("no thanks", "Okay, nothing is booked. Text again to start over."),
    ],
)
def test_a_correction_that_is_refused_becomes_no_name(sms: Sms, said: str, answer: str) -> None:
    for text in ("hi", "1", "monday", "10", "Bob"):
        sms.text("appointment", text)
    assert sms.text("appointment", said) == answer


def test_a_correction_of_an_earlier_answer_is_not_a_name(sms: Sms) -> None:
    for text in ("hi", "1", "monday", "10"):
        sms.text("appointment", text)
    assert sms.text("appointment", "No wait, Tuesday") == f"{HINT}What is your name?"
