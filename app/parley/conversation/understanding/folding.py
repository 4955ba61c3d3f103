"""Normalize texts for comparison: case, accents, width, quotes, digits and space."""

import re
import unicodedata

APOSTROPHES = "’‘ʼ`´′‛＇ʻ"
QUOTES = "“”„‟«»‹›「」『』″＂❝❞"
_PUNCTUATION = {
    **dict.fromkeys(map(ord, APOSTROPHES), "'"),
    **dict.fromkeys(map(ord, QUOTES), '"'),
    **dict.fromkeys(map(ord, "‐‑‒–—―−﹣－⁃"), "-"),
    **dict.fromkeys(map(ord, "。｡．"), "."),
    **dict.fromkeys(map(ord, "、，､،"), ","),
    **dict.fromkeys(map(ord, "？؟"), "?"),
    **dict.fromkeys(map(ord, "！¡"), "!"),
    ord("¿"): "?",
    ord("⁄"): "/",
    ord("∕"): "/",
    ord("№"): "#",
    ord("🔟"): "10",
    ord("："): ":",
}
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
)
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u20e3\u17b4\u17b5")
"""Invisible characters that Unicode does not class as format characters."""

EMOJI = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u25aa-\u25fe\u2600-\u27bf"
    "\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
LONGEST_FOLDED = 3_200
"""Maximum length before folding, in characters: one can become 18 when folded (U+FDFA)."""
_EMOJI = re.compile(EMOJI)
_SKIN = re.compile("[\U0001f3fb-\U0001f3ff]")
_EMOTICON = re.compile(r"(?:(?<=\s)|^)[:;=]'?-?[)(\]\[dpo*](?=\s|$)")


def is_invisible(character: str) -> bool:
    """Return whether a character is invisible and not a separator."""
    return (
        character in _BLANK
        or "\ufe00" <= character <= "\ufe0f"
        or (unicodedata.category(character) in ("Cf", "Cc") and not character.isspace())
    )


def visible(text: str) -> str:
    """Return the text without invisible characters."""
    return "".join(each for each in text if not is_invisible(each))


def fold(text: str) -> str:
    """Return the text in lower case, without accents and width, with plain quotes and digits."""
    if text.isascii():
        return " ".join(text.casefold().split())
    text = unicodedata.normalize("NFKC", visible(text.translate(_PUNCTUATION)))
    text = text[:LONGEST_FOLDED]
    text = "".join(map(_digit, text)).translate(_PUNCTUATION).casefold()
    parts = unicodedata.normalize("NFD", text)
    kept = "".join(each for each in parts if not "\u0300" <= each <= "\u036f")
    kept = unicodedata.normalize("NFC", kept).translate(_LETTERS)
    return " ".join(visible(_SKIN.sub("", kept)).split())


def _digit(character: str) -> str:
    if character.isascii():
        return character
    digit = unicodedata.digit(character, None)
    return character if digit is None else str(digit)


def without_emoji(text: str) -> str:
    """Return a folded text without emoji and emoticons."""
    return " ".join(_EMOTICON.sub(" ", _EMOJI.sub(" ", text)).split())


def words(text: str) -> list[str]:
    """Return the words of a folded text; an apostrophe does not split one: `i'm` is `im`."""
    joined = text.replace("'", "")
    return "".join(each if each.isalnum() else " " for each in joined).split()


def shortened(word: str) -> str:
    """Return a word without letters repeated for emphasis: `yesss` is `yes`."""
    return re.sub(r"(.)\1{2,}", r"\1", word)
