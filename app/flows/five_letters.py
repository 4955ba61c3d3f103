from collections import Counter
from pathlib import Path

from app.conversation import Refused, Script, ask, chance, conversation, outside

TRIES = 6
ANSWERS = tuple(Path(__file__).with_name("five_letters_answers.txt").read_text().split())
KNOWN = frozenset(ANSWERS).union(
    Path(__file__).with_name("five_letters_known.txt").read_text().split()
)


@conversation(back=None)  # taking a guess back would be cheating
def five_letters() -> Script:
    """Let a word of five letters be guessed, in six tries."""
    dice = yield chance()
    word = yield outside(dice.choice, ANSWERS)
    guesses: list[str] = []
    shown = "I am thinking of a word of five letters."
    while len(guesses) < TRIES:
        text = f"{shown}\nGuess {len(guesses) + 1} of {TRIES}:"
        guess = yield from ask(text, lambda said: guessed(said, guesses))
        guesses.append(guess)
        shown = f"{squares(guess, word)} {guess.upper()}"
        if guess == word:
            return f"{shown}\nThat is it, at guess {len(guesses)} of {TRIES}!"
    return f"{shown}\nIt was {word.upper()}."


def guessed(said: str, before: list[str]) -> str:
    """The word in an answer; raises Refused for one that is unknown or was guessed before."""
    word = said.strip().rstrip(".!?").lower()
    if len(word) != len(ANSWERS[0]):
        raise Refused("A guess has five letters; that cost no try.")
    if word not in KNOWN:
        raise Refused("That word is not in my list; it cost no try.")
    if word in before:
        raise Refused("You have guessed that already; it cost no try.")
    return word


def squares(guess: str, word: str) -> str:
    """🟩 right letter and place, 🟨 right letter in another place, ⬜ none.

    A letter is found as often as the word has it: first where it is in its place, then from the
    left.
    """
    left = Counter(there for here, there in zip(guess, word, strict=True) if here != there)
    shown = ""
    for here, there in zip(guess, word, strict=True):
        found = here != there and left[here] > 0
        left[here] -= found
        shown += "🟩" if here == there else "🟨" if found else "⬜"
    return shown
