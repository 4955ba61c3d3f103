"""What a sender must read next, and what is counted where something else comes."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

GREETING = "Hello, thanks for the new message!"
REASONS = frozenset({"new", "expired", "forged", "foreign", "unreadable"})
"""What the log says of a memory where a conversation starts anew."""

_COUNT = re.compile(r"Your current count is (\d+)<")
_TURN = re.compile(r" turn .*?\bsid=(SM[0-9a-f]{32}) .*?\bmemory=(\w+)")


def count_in(document: str) -> int | None:
    """The count that a counter's answer says, 0 for its greeting; None where it says neither."""
    if found := _COUNT.search(document):
        return int(found[1])
    return 0 if f">{GREETING}<" in document else None


@dataclass
class Judge:
    """Of one sender: the count that must come next, and what came instead.

    `anew` are the MessageSids of texts at which the conversation started anew, `mixed` and `lost`
    say what was heard.
    """

    expected: int
    turns: int = 0
    anew: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def heard(self, sid: str, document: str) -> None:
        """A text was answered."""
        count = count_in(document)
        if count is None:
            self.lost.append("an answer without a count")
            return
        self.turns += 1
        if count == 0 and self.expected:
            self.anew.append(sid)
        elif count != self.expected:
            self.mixed.append(f"{count} was heard, not {self.expected}")
        self.expected = count + 1

    def missed(self, why: str) -> None:
        """A text got no answer, however often it was sent."""
        self.lost.append(why)


def reasons(log: str) -> dict[str, str]:
    """For each text that the log tells of, by its MessageSid, how its memory was found."""
    return dict(_TURN.findall(log))


def why_anew(judges: Iterable[Judge], found: Mapping[str, str]) -> Counter[str]:
    """How often conversations started anew, by the reason in the log; `no reason` where none is."""
    told = [found.get(sid, "") for judge in judges for sid in judge.anew]
    return Counter(each if each in REASONS else "no reason" for each in told)
