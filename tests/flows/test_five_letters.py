"""MessageSid selects the word: the same first message always has the same word."""

import pytest

from flows.five_letters import ANSWERS, KNOWN, guessed, squares
from parley.testing import Sms

SID = "SM" + "5" * 32
WRONG = ("crane", "about", "lucky", "mouse", "fifty", "happy")


def the_word(sms: Sms, from_: str = "+15551230002") -> str:
    """Return the word for SID, which another phone finds out by losing."""
    other = sms(from_=from_)
    other.text("five-letters", MessageSid=SID)
    answers = [other.text("five-letters", guess) for guess in WRONG]
    assert other.cookie == "", "six wrong guesses end the game"
    return answers[-1].rpartition("It was ")[2].removesuffix(".").lower()


def test_the_word_is_guessed_despite_invalid_answers(sms: Sms) -> None:
    word = the_word(sms)
    seen = squares("mouse", word)
    sms.play(
        "five-letters",
        f"""
        > hi
        < I am thinking of a word of five letters.
        < Guess 1 of 6:
        > mouse
        < {seen} MOUSE
        < Guess 2 of 6:
        > “mouse,”\u200b
        < You have guessed that already. It didn't cost you a try.
        < {seen} MOUSE
        < Guess 2 of 6:
        > zzzzz
        < That word is not in my list. It didn't cost you a try.
        < {seen} MOUSE
        < Guess 2 of 6:
        > mice
        < A guess has five letters. That didn't cost you a try.
        < {seen} MOUSE
        < Guess 2 of 6:
        > {word}
        < 🟩🟩🟩🟩🟩 {word.upper()}
        < That is it, at guess 2 of 6!
        """,
        MessageSid=SID,
    )
    assert sms.cookie == ""


def test_the_game_ends_after_six_wrong_guesses(sms: Sms) -> None:
    word = the_word(sms)
    assert word in ANSWERS
    assert the_word(sms, "+15551230003") == word, "the same message has another word"


def test_another_message_has_another_word(sms: Sms) -> None:
    words = set()
    for _ in range(10):
        sms.text("five-letters")
        last = [sms.text("five-letters", guess) for guess in WRONG][-1]
        words.add(last.rpartition("It was ")[2])
    assert len(words) > 5


def test_its_longest_path_fits_the_cookie(sms: Sms) -> None:
    assert sms.longest_path("five-letters", "hi", *WRONG) < 400


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
def test_a_letter_is_marked_as_often_as_the_word_contains_it(
    guess: str, word: str, shown: str
) -> None:
    assert squares(guess, word) == shown


def test_the_words_have_five_letters() -> None:
    assert all(len(word) == 5 and word.isascii() and word.islower() for word in KNOWN)
    assert len(KNOWN) > 1_000
    assert set(WRONG) <= KNOWN


@pytest.mark.parametrize(
    "said", ["“crane”", "crane,", "crane\u200b", "(crane)", "ｃｒａｎｅ", "crane…", "Crane please"]
)
def test_a_guess_is_read_without_what_is_around_it(said: str) -> None:
    assert guessed(said, []) == "crane"
