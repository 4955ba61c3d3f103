"""The word is drawn by MessageSid: the same first message, delivered again, has the same word."""

import pytest

from app.flows.five_letters import ANSWERS, KNOWN, squares
from tests.twilio import Twilio, longest_path, play

SID = "SM" + "5" * 32
WRONG = ("crane", "about", "lucky", "mouse", "fifty", "happy")


def the_word(twilio: Twilio) -> str:
    """The word behind SID, found out by losing."""
    twilio.text("five-letters", MessageSid=SID)
    answers = [twilio.hears("five-letters", guess) for guess in WRONG]
    assert twilio.cookie == "", "six wrong guesses end the game"
    return answers[-1].rpartition("It was ")[2].removesuffix(".").lower()


def test_the_word_is_guessed_with_wrong_answers_in_between(twilio: Twilio) -> None:
    word = the_word(twilio)
    seen = squares("mouse", word)
    play(
        twilio,
        "five-letters",
        f"""
        > hi
        < I am thinking of a word of five letters.
        < Guess 1 of 6:
        > mouse
        < {seen} MOUSE
        < Guess 2 of 6:
        > MOUSE
        < You have guessed that already; it cost no try.
        < {seen} MOUSE
        < Guess 2 of 6:
        > zzzzz
        < That word is not in my list; it cost no try.
        < {seen} MOUSE
        < Guess 2 of 6:
        > mice
        < A guess has five letters; that cost no try.
        < {seen} MOUSE
        < Guess 2 of 6:
        > {word}
        < 🟩🟩🟩🟩🟩 {word.upper()}
        < That is it, at guess 2 of 6!
        """,
        MessageSid=SID,
    )
    assert twilio.cookie == ""


def test_six_wrong_guesses_end_it(twilio: Twilio) -> None:
    assert the_word(twilio) in ANSWERS
    assert the_word(twilio) == the_word(twilio), "the same message draws the same"


def test_another_message_draws_another_word(twilio: Twilio) -> None:
    words = set()
    for _ in range(10):
        twilio.text("five-letters")
        last = [twilio.hears("five-letters", guess) for guess in WRONG][-1]
        words.add(last.rpartition("It was ")[2])
    assert len(words) > 5


def test_its_longest_path_fits_the_cookie(twilio: Twilio) -> None:
    assert longest_path(twilio, "five-letters", "hi", *WRONG) < 400


@pytest.mark.parametrize(
    ("guess", "word", "shown"),
    [
        ("crane", "crane", "🟩🟩🟩🟩🟩"),
        ("eerie", "crane", "⬜⬜🟨⬜🟩"),
        ("allee", "apple", "🟩🟨⬜⬜🟩"),
        ("speed", "erase", "🟨⬜🟨🟨⬜"),
        ("llama", "allow", "🟨🟩🟨⬜⬜"),
        ("aabbb", "ccaac", "🟨🟨⬜⬜⬜"),
    ],
)
def test_a_letter_is_found_as_often_as_the_word_has_it(guess: str, word: str, shown: str) -> None:
    assert squares(guess, word) == shown


def test_the_words_have_five_letters() -> None:
    assert all(len(word) == 5 and word.isascii() and word.islower() for word in KNOWN)
    assert len(KNOWN) > 1_000
    assert set(WRONG) <= KNOWN
