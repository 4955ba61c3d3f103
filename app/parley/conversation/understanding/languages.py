"""The words of each language, read from one file each."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from parley.conversation.understanding.folding import fold, words

FOLDER = Path(__file__).with_name("languages")
ANY = "any"
"""The file of what is the same in every language."""

# Read here and not when first used: a turn must not need a free file descriptor.
_FILES: Mapping[str, Mapping[str, Any]] = {
    file.stem: tomllib.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.toml"))
}


def available() -> tuple[str, ...]:
    """The languages that there is a file for, by their code: `en`, `es`."""
    return tuple(name for name in _FILES if name != ANY)


def load(language: str) -> Mapping[str, Any]:
    """The file of a language. Raises ValueError for a language without one."""
    if language not in _FILES:
        raise ValueError(
            f"no words are known for the language {language!r}: choose one of "
            f"{', '.join(available())}, or add {FOLDER.name}/{language}.toml"
        )
    return _FILES[language]


@lru_cache
def phrases(language: str, section: str, name: str) -> frozenset[str]:
    """A list of phrases in the spelling in which texts are compared."""
    return frozenset(key(phrase) for phrase in load(language).get(section, {}).get(name, ()))


@lru_cache
def table(language: str, section: str, name: str) -> Mapping[str, Any]:
    """A table by phrases, in the spelling in which texts are compared."""
    found = load(language).get(section, {}).get(name, {})
    return {key(phrase): value for phrase, value in found.items()}


@lru_cache
def all_of(languages: tuple[str, ...], section: str, name: str) -> frozenset[str]:
    """The phrases of several languages together."""
    return frozenset().union(*(phrases(each, section, name) for each in languages))


def key(text: str) -> str:
    """A phrase as phrases are compared: folded words with one space between."""
    return " ".join(words(fold(text)))


def longest_first(found: Iterable[str]) -> list[str]:
    """Phrases in the order in which a pattern must try them."""
    return sorted(found, key=lambda phrase: (-len(phrase), phrase))


def alternatives(found: Iterable[str]) -> str:
    """A pattern of any of these phrases; one that matches nothing where there are none."""
    return "|".join(map(re.escape, longest_first(found))) or r"(?!)"
