"""The processing time of any text of 1,600 characters is bounded for every reader."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from datetime import time as time_of_day

import pytest

from parley.conversation import Script, choice, script
from parley.conversation.understanding import (
    InvalidAnswer,
    command,
    correction,
    is_courtesy,
    read_choice,
    read_confirm,
    read_date,
    read_number,
    read_text,
    read_time,
    what_is,
)
from tests.conversation.scripts import Sender

MOST_SECONDS = 0.1
"""CPU seconds for one reader and one text; the slowest take 0.02 on a busy machine."""
LONGEST = 1_600
PIECES = [
    *("a", "1", "'", '"', "“", "\n", "-", "*", " ", "\t", "(", "?", "!", "🙂", "👍🏽", "\u200b"),
    *("e\u0301", "\ufdfa", "１", "½", "İ", "1,000,", "1/", "12:", "@ ", "...", "- ", "* "),
    *("yes no ", "please ", "and ", "or ", "to ", "the ", "twenty ", "hundred ", "monday "),
    *("next ", "in 2 weeks ", "quarter ", "half past ", "am ", "1st of ", "haircut ", "hairct "),
    *("liked “", "removed a ", "reacted 😂 to “", "to “", "i'm driving ", "out of office "),
    *("stop texting me ", "go back ", "no wait ", "Sent from my iPhone\n", "-- \n", "👨‍👩‍👧‍👦"),
]
OPENINGS = ("", "Liked “", "I'm ", "no wait, ", "yes, ")
LOOKED_AT = {"command": 90, "correction": 160, "what_is": 480}
"""The maximal length that a reader processes, in characters; 240 for the others."""
DAY = date(2027, 1, 15)
OPTIONS = ["haircut", "beard trim", "I'm not sure", "2 people", "ten to 3"]
READERS: dict[str, Callable[[str], object]] = {
    "confirm": read_confirm,
    "choice": lambda text: read_choice(text, OPTIONS),
    "number": lambda text: read_number(text, 0, 10**6),
    "date": lambda text: read_date(text, DAY, DAY, date(2027, 12, 31)),
    "time": lambda text: read_time(text, time_of_day(9), time_of_day(17)),
    "text": read_text,
    "what_is": what_is,
    "courtesy": is_courtesy,
    "command": command,
    "correction": correction,
}


def texts(longest: int) -> Iterator[str]:
    """Yield each piece repeated to each length, after each prefix, with another end."""
    for piece in PIECES:
        for length in (LONGEST, longest):
            repeated = piece * (length // len(piece) + 1)
            yield from ((opening + repeated)[:length] for opening in OPENINGS)
            yield repeated[: length - 1] + "”"


def seconds(read: Callable[[str], object], text: str) -> float:
    """Return the CPU time of a reading."""
    began = time.process_time()
    with suppress(InvalidAnswer):
        read(text)
    return time.process_time() - began


@pytest.mark.threat("S32")
@pytest.mark.parametrize("name", READERS)
def test_every_reader_is_fast_for_any_text(name: str) -> None:
    read = READERS[name]
    seconds(read, "hello")  # loads the words of the language
    for text in texts(LOOKED_AT.get(name, 240)):
        if seconds(read, text) > MOST_SECONDS:  # again, because the machine may have paused
            assert seconds(read, text) <= MOST_SECONDS, text[:60]


@pytest.mark.threat("S32")
def test_a_script_is_fast_for_a_text_of_many_answers() -> None:
    """Each of twelve words answers each question, so the text can be split in hundreds of ways."""

    @script(several=True)
    def form() -> Script:
        for number in range(8):
            yield from choice(f"Trim {number}?", ["trim", "cut"])
        return "Done."

    sender = Sender(form)
    question = sender.says("hi")
    began = time.process_time()
    said = sender.says("trim " * 12)
    assert time.process_time() - began < 10 * MOST_SECONDS
    assert said == question.replace("Trim 0", "Trim 1"), "the text must be a single answer"
