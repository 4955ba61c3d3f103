"""Recognize commands (go back, start over, exit), and corrections of an answer."""

import re
from functools import lru_cache

from parley.conversation.understanding.folding import APOSTROPHES, QUOTES, fold, words
from parley.conversation.understanding.languages import alternatives, key, load, phrases
from parley.conversation.understanding.politeness import plain, polite_forms
from parley.conversation.understanding.spelling import near
from parley.conversation.understanding.texts import clean

COMMANDS = ("back", "restart", "exit")
MOST_WORDS = 6
"""Maximum number of words in a corrected answer; a longer text is a remark."""
MOST_WORDS_OF_A_COMMAND = 9
LONGEST_CORRECTION = 160

_PLAIN = str.maketrans(dict.fromkeys(APOSTROPHES, "'") | dict.fromkeys(QUOTES, '"'))
_STARRED = re.compile(r"\*\s*(?P<after>[^*\s][^*\n]{0,60}?)|(?P<before>[^*\s][^*\n]{0,60}?)\s*\*")
_MARKS = " ,.;:-!"


def command(text: str, *, language: str = "en") -> str | None:
    """Return `back`, `restart` or `exit` for a text that means it; None for other texts."""
    if len(text) > 10 * MOST_WORDS_OF_A_COMMAND:
        return None
    spoken = key(plain(text))
    said = polite_forms(spoken, language)
    said |= {_lead(language).sub("", each) for each in said}
    for name in COMMANDS:
        if said & phrases(language, "commands", name):
            return name
    joined = spoken.replace(" ", "")
    names = _joined(language)
    return names.get(joined) or names.get(near(joined, names, shortest=6) or "")


@lru_cache
def _joined(language: str) -> dict[str, str]:
    """Return each command by its words without spaces."""
    return {
        phrase.replace(" ", ""): name
        for name in COMMANDS
        for phrase in phrases(language, "commands", name)
    }


@lru_cache
def _lead(language: str) -> re.Pattern[str]:
    return re.compile(rf"^(?:(?:{alternatives(phrases(language, 'commands', 'lead'))}) )+")


def correction(text: str, *, language: str = "en", is_loose: bool = False) -> str | None:
    """Return the new answer in a correction: `no wait, Bob`, `No, Tuesday`; otherwise None.

    With `is_loose`, `No Tuesday` is a correction, too.
    """
    if len(text) > LONGEST_CORRECTION:
        return None
    said = clean(text).translate(_PLAIN)
    if match := _STARRED.fullmatch(said):
        return (match["after"] or match["before"]).strip()
    strong, weak, loose, dropped = _patterns(language)
    match = strong.match(said) or (loose if is_loose else weak).match(said)
    if not match:
        return None
    rest = said[match.end() :].strip(_MARKS)
    while shorter := dropped.match(rest):
        rest = rest[shorter.end() :].strip(_MARKS)
    return None if rest.endswith("?") or _is_remark(words(fold(rest)), language) else rest


def is_strong_correction(text: str, language: str) -> bool:
    """Return whether a text is a correction at any question: `no wait, Bob`, but not `no, Bob`."""
    said = clean(text).translate(_PLAIN)
    return bool(_STARRED.fullmatch(said) or _patterns(language)[0].match(said))


def _is_remark(spoken: list[str], language: str) -> bool:
    """Return whether the words after `no` or `wait` are not an answer: `no, that is wrong`."""
    if not spoken or len(spoken) > MOST_WORDS:
        return True
    while len(spoken) > 1 and spoken[-1] in phrases(language, "around", "after"):
        spoken = spoken[:-1]
    if set(spoken[:2]) & phrases(language, "correction", "remarks"):
        return True
    said = " ".join(spoken)
    return any(said in phrases(language, *each) for each in _NOTHING_NEW)


_NOTHING_NEW = (("around", "before"), ("around", "after"), ("confirm", "no"))


@lru_cache
def _patterns(language: str) -> tuple[re.Pattern[str], ...]:
    data = load(language)["correction"]
    strong, weak, dropped = (
        _with_accents(alternatives(data[name])).replace(r"\ ", r"[\s,.;!-]+")
        for name in ("strong", "weak", "dropped")
    )
    return (
        re.compile(rf"(?:{strong})\b[\s,.:;!-]*", re.IGNORECASE),
        re.compile(rf"(?:{weak})\s*(?:[,:;!-]|\.(?!\s*\d))[\s,.:;!-]*", re.IGNORECASE),
        re.compile(rf"(?:{weak})\b[\s,.:;!-]+", re.IGNORECASE),
        re.compile(rf"(?:{dropped})\b[\s,.:;!-]+", re.IGNORECASE),
    )


def _with_accents(pattern: str) -> str:
    """Return a pattern that also matches accented letters, since the text is not folded."""
    for plain_letter, letters in {"a": "aá", "e": "eé", "i": "ií", "o": "oó", "u": "uúü"}.items():
        pattern = pattern.replace(plain_letter, f"[{letters}]")
    return pattern
