"""Correction of one typing error."""

from collections.abc import Iterable


def near(
    word: str,
    known: Iterable[str],
    *,
    shortest: int,
    shortest_known: int = 0,
    first_letter: bool = False,
) -> str | None:
    """Return the only known word that is one typing error away; None for none or several.

    An error is an additional, missing or wrong letter, or two swapped letters. In a word of fewer
    than `shortest` letters, only swapped letters are corrected, because too many other words are
    close. With `first_letter`, the first letter must be correct.
    """
    if len(word) < 3 or not word.isalpha():
        return None
    if len(word) < shortest:
        letters = sorted(word)
        known = [each for each in known if len(each) == len(word) and sorted(each) == letters]
    else:
        least = max(shortest, shortest_known)
        known = [each for each in known if len(each) >= least and abs(len(each) - len(word)) <= 1]
    if first_letter:
        known = [each for each in known if each[0] == word[0]]
    found = {each for each in known if _is_one_error(word, each)}
    return found.pop() if len(found) == 1 else None


def _is_one_error(word: str, other: str) -> bool:
    """Return whether two words of similar length differ by at most one error."""
    longer, shorter = (word, other) if len(word) >= len(other) else (other, word)
    place = next((n for n, each in enumerate(shorter) if each != longer[n]), len(shorter))
    if len(longer) > len(shorter):
        return longer[place + 1 :] == shorter[place:]
    rest, other_rest = longer[place + 1 :], shorter[place + 1 :]
    is_swapped = longer[place : place + 2] == shorter[place : place + 2][::-1]
    return rest == other_rest or (is_swapped and rest[1:] == other_rest[1:])
