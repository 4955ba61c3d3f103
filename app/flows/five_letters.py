from collections import Counter
from pathlib import Path

from parley import InvalidAnswer, Script, ask, call, rng, script
from parley.conversation.understanding.folding import words
from parley.conversation.understanding.politeness import core

TRIES = 6
ANSWERS = tuple(Path(__file__).with_name("five_letters_answers.txt").read_text().split())
KNOWN = frozenset(ANSWERS).union(
    Path(__file__).with_name("five_letters_known.txt").read_text().split()
)


@script(back=None)  # taking a guess back would be cheating
def five_letters() -> Script:
    """Let people guess a word of five letters in six tries."""
    dice = yield rng()
    word = yield call(dice.choice, ANSWERS)
    guesses: list[str] = []
    shown = "I am thinking of a word of five letters."
    while len(guesses) < TRIES:
        text = f"{shown}\nGuess {len(guesses) + 1} of {TRIES}:"
        guess = yield ask(text, lambda said: guessed(said, guesses))
        guesses.append(guess)
        shown = f"{squares(guess, word)} {guess.upper()}"
        if guess == word:
            return f"{shown}\nThat is it, at guess {len(guesses)} of {TRIES}!"
    return f"{shown}\nIt was {word.upper()}."


def guessed(said: str, before: list[str]) -> str:
    """Return the word in an answer. Raises InvalidAnswer if it is unknown or was guessed before."""
    word = "".join(words(core(said, "en")))
    if len(word) != len(ANSWERS[0]):
        raise InvalidAnswer("A guess has five letters. That didn't cost you a try.")
    if word not in KNOWN:
        raise InvalidAnswer("That word is not in my list. It didn't cost you a try.")
    if word in before:
        raise InvalidAnswer("You have guessed that already. It didn't cost you a try.")
    return word


def squares(guess: str, word: str) -> str:
    """Compare a guess: 🟩 right letter and place, 🟨 right letter in another place, ⬜ neither.

    A letter is marked as often as the word contains it: first in its place, then from the left.
    """
    left = Counter(there for here, there in zip(guess, word, strict=True) if here != there)
    shown = ""
    for here, there in zip(guess, word, strict=True):
        found = here != there and left[here] > 0
        left[here] -= found
        shown += "🟩" if here == there else "🟨" if found else "⬜"
    return shown
