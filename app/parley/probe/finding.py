"""The result of one check."""

from typing import NamedTuple


class Finding(NamedTuple):
    """The result of the check `about`: `ok`, `no`, or `--` if it could not be made.

    `words` are the fact, and the next step unless it is ok. After a `final` finding, the remaining
    checks are impossible.
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
