"""What was found at one point."""

from typing import NamedTuple


class Finding(NamedTuple):
    """One point, and how it is: `ok`, `no`, or `--` where it was not or could not be looked at.

    `words` are the fact, and of what is not ok what to do next. Behind one that is `final` nothing
    more can be tried.
    """

    about: str
    mark: str
    words: str
    final: bool = False

    def __str__(self) -> str:
        return f"{self.mark}  {self.about}: {self.words}"

    @property
    def is_bad(self) -> bool:
        return self.mark == "no"


def ok(about: str, words: str) -> Finding:
    return Finding(about, "ok", words)


def no(about: str, words: str, *, final: bool = False) -> Finding:
    return Finding(about, "no", words, final)


def unknown(about: str, words: str, *, final: bool = False) -> Finding:
    return Finding(about, "--", words, final)
