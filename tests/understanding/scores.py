"""The score of a reader: each answer has one of five outcomes, which are counted."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.understanding.table import Ask, Row

UNDERSTOOD = "understood"
RIGHTLY_ASKED = "rightly asked again"
WRONGLY_ASKED = "wrongly asked again"
MISREAD = "misread"

QUOTES = str.maketrans("“”„‘’", '"""\'\'')


def outcome(row: Row, answer: Any) -> str:
    """Compare an answer (a value, or `Ask`) with the row's meaning."""
    if isinstance(row.meaning, Ask):
        return RIGHTLY_ASKED if isinstance(answer, Ask) else MISREAD
    if isinstance(answer, Ask):
        return WRONGLY_ASKED
    if _same(row.meaning, answer):
        return UNDERSTOOD
    # A command or correction that is not recognized is read as an answer, and rejected as one.
    if row.question in {"commands", "corrections"} and answer == "":
        return WRONGLY_ASKED
    return MISREAD


def _same(meaning: Any, answer: Any) -> bool:
    if isinstance(meaning, str) and isinstance(answer, str):
        return meaning.translate(QUOTES) == answer.translate(QUOTES)
    return type(meaning) is type(answer) and bool(meaning == answer)


@dataclass
class Score:
    """The outcomes of some rows, and the rows that went wrong."""

    counts: Counter[str] = field(default_factory=Counter)
    with_meaning: int = 0
    wrong: list[tuple[Row, Any, str]] = field(default_factory=list)
    other_reason: list[tuple[Row, Ask]] = field(default_factory=list)

    def add(self, row: Row, answer: Any) -> None:
        """Count one row."""
        result = outcome(row, answer)
        self.counts[result] += 1
        self.with_meaning += not isinstance(row.meaning, Ask)
        if result in {WRONGLY_ASKED, MISREAD}:
            self.wrong.append((row, answer, result))
        elif isinstance(answer, Ask) and not set(answer.reasons) & set(row.meaning.reasons):
            self.other_reason.append((row, answer))

    def share_understood(self) -> float:
        """Return the share of the texts with a meaning that were understood."""
        return self.counts[UNDERSTOOD] / max(1, self.with_meaning)

    def share_misread(self) -> float:
        """Return the share of all texts that were misread."""
        return self.counts[MISREAD] / max(1, sum(self.counts.values()))

    def failures(self) -> str:
        """Return the wrong rows, one per line, the misread ones first."""
        ordered = sorted(self.wrong, key=lambda one: one[2] != MISREAD)
        return "\n".join(f"{result}: {row}, read as {answer}" for row, answer, result in ordered)


def score(rows: Iterable[Row], answers: Iterable[Any]) -> Score:
    """Score the answers to rows, in the same order."""
    total = Score()
    for row, answer in zip(rows, answers, strict=True):
        total.add(row, answer)
    return total
