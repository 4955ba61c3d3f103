"""The words of each language, from one file each."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from parley.conversation.understanding.folding import fold, words

FOLDER = Path(__file__).with_name("languages")
ANY = "any"
"""The file of the words that are the same in every language."""

# Read here and not when first used: a turn must not need a free file descriptor.
_FILES: Mapping[str, Mapping[str, Any]] = {
    file.stem: tomllib.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.toml"))
}


def available() -> tuple[str, ...]:
    """Return the codes of the available languages: `en`, `es`."""
    return tuple(name for name in _FILES if name != ANY)


def load(language: str) -> Mapping[str, Any]:
    """Return the content of a language's file. Raises ValueError for an unknown language."""
    if language not in _FILES:
        raise ValueError(
            f"the language {language!r} is not available: choose one of "
            f"{', '.join(available())}, or add {FOLDER.name}/{language}.toml"
        )
    return _FILES[language]


@lru_cache
def phrases(language: str, section: str, name: str) -> frozenset[str]:
    """Return a list of phrases, normalized for comparison."""
    return frozenset(key(phrase) for phrase in load(language).get(section, {}).get(name, ()))


@lru_cache
def table(language: str, section: str, name: str) -> Mapping[str, Any]:
    """Return a table by phrases, normalized for comparison."""
    found = load(language).get(section, {}).get(name, {})
    return {key(phrase): value for phrase, value in found.items()}


@lru_cache
def all_of(languages: tuple[str, ...], section: str, name: str) -> frozenset[str]:
    """Return the phrases of several languages together."""
    return frozenset().union(*(phrases(each, section, name) for each in languages))


def key(text: str) -> str:
    """Normalize a phrase for comparison: folded words with one space between."""
    return " ".join(words(fold(text)))


def longest_first(found: Iterable[str]) -> list[str]:
    """Return phrases in the order in which a pattern must try them."""
    return sorted(found, key=lambda phrase: (-len(phrase), phrase))


def alternatives(found: Iterable[str]) -> str:
    """Return a pattern of any of these phrases; without phrases, one that never matches."""
    return "|".join(map(re.escape, longest_first(found))) or r"(?!)"
