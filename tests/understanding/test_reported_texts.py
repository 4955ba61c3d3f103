"""Every text that was reported as refused, through the real application.

`ASK` marks a text that must be asked again.
"""

import pytest

from parley.testing import Sms

ASK = "ask again"
REPORTED = {
    "yes-or-no": {
        "True": [
            "yes please", "okay", "yup", "yea", "K", "👍", "Yes, I will be there", "yes 😊",
            "“Yes”", "that's right", "sure thing",
        ],
        "False": ["no thanks", "no thank you", "👎", "not now"],
        ASK: ["yes and no", "maybe"],
    },
    "chooses": {
        "beard trim": ["2)", "#2", "(2)", "option 2", "second", "trim", "beard  trim"],
        "haircut": ["１", "1. haircut", "Haircut please", "a haircut", "hair cut"],
        "I'm not sure": ["I’m not sure", "I'm not sure"],
        "café visit": ["cafe"],
        ASK: ["2 or 3"],
    },
    "how-many": {
        "0": ["none"],
        "2": ["two", "#2", "2)", "2 please", "2 tickets", "just 2", "2.0"],
        "3": ["３。"],
        "5": ["5 people"],
        "1000": ["1,000"],
        ASK: ["between 2 and 3", "2 or 3"],
    },
    "which-day": {
        "2027-01-15": ["this fri"],
        "2027-01-16": ["tmrw", "Sat, Jan 16", "Sat 16 Jan 2027"],
        "2027-01-17": ["in 2 days", "day after tomorrow"],
        "2027-01-18": ["on monday", "Monday please", "18.01.2027", "the 18th"],
        "2027-01-20": ["weds"],
        "2027-01-22": ["next friday"],
        "2027-12-24": ["12/24", "24.12."],
        ASK: ["monday or tuesday", "2/30"],
    },
    "what-time": {
        "12:00:00": ["noon"],
        "14:00:00": ["14 Uhr"],
        "15:00:00": [
            "3", "3pm.", "at 3pm", "3 p.m.", "3p", "1500", "3 o'clock", "3ish",
        ],
        "15:30:00": ["half past 3", "15h30"],
        ASK: ["25:00"],
    },
}  # fmt: skip
"""By script, and by what it says then."""
TEXTS = [
    (flow, text, meant)
    for flow, meanings in REPORTED.items()
    for meant, texts in meanings.items()
    for text in texts
]


@pytest.fixture
def sms(sms: Sms) -> Sms:
    return sms(settings={"TIME_ZONE": "UTC", "FLOWS": "flows,tests.understanding.case_flows"})


@pytest.mark.parametrize(("flow", "text", "meant"), TEXTS)
def test_a_reported_text_is_understood_or_asked_again(
    sms: Sms, flow: str, text: str, meant: str
) -> None:
    question = sms.text(flow, "hi")
    answer = sms.text(flow, text)
    if meant == ASK:
        assert answer.startswith("Sorry, I didn't get that.")
        assert answer.endswith(question)
    else:
        assert answer == meant


@pytest.mark.parametrize("text", ["“crane”", "crane,", "crane\u200b"])
def test_a_reported_guess_is_read(sms: Sms, text: str) -> None:
    sms.text("five-letters", "hi")
    assert " CRANE\n" in sms.text("five-letters", text)


@pytest.mark.parametrize("text", ["Anna’s number", "Ada’s number"])
def test_a_reported_name_is_looked_up(sms: Sms, text: str) -> None:
    known = text.startswith("Ada")
    assert sms.text("directory", text).startswith("Ada Lovelace" if known else "Sorry, ")


def test_a_name_answers_which_one(sms: Sms) -> None:
    sms.text("directory", "joan")
    assert sms.text("directory", "Clarke").startswith("Joan Clarke")


def test_a_doctor_who_is_unknown_is_nobody_else(sms: Sms) -> None:
    assert sms.text("directory", "Dr. House").startswith("Sorry, I don't know anyone")


def test_a_summary_is_corrected(sms: Sms) -> None:
    for text in ("hi", "1", "monday", "10", "Bob"):
        sms.text("appointment", text)
    assert sms.text("appointment", "No, Tuesday").startswith("haircut, Tue 19 Jan 2027 at 10:00")
