"""What the time of a refusal gives away: compared over thousands, with how sure that is."""

import gc
import random
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter_ns
from typing import NamedTuple, TypeVar

BOUND = 100
"""Nanoseconds by which no two wrong secrets may differ: docs/security.md, S30."""
PRECISE = BOUND / 4
"""Nanoseconds to each side at which a difference is known well enough."""
FEWEST, MOST = 5_000, 60_000
"""Rounds."""

Given = TypeVar("Given")


class Difference(NamedTuple):
    """Nanoseconds by which a kind takes longer: the median, and between what it surely lies."""

    median: int
    least: int
    most: int

    @property
    def at_most(self) -> int:
        """What it may be at the utmost, in either direction."""
        return max(-self.least, self.most)

    @property
    def margin(self) -> float:
        return (self.most - self.least) / 2


def sharing(right: str, number: int, ends: str = "") -> str:
    """A wrong secret that shares its first so many characters with the right one.

    The rest are the same characters in another order, since what is of other characters may take
    longer by itself; of the last one, another. `ends` are those that it may end with.
    """
    among = ends or "ABCDEFGH"
    rest = list(right[number:-1])
    random.shuffle(rest)
    if rest:
        other = next(place for place, each in enumerate(rest) if each != right[number])
        rest[0], rest[other] = rest[other], rest[0]
    return right[:number] + "".join(rest) + random.choice(among.replace(right[-1], ""))


def differences(
    refuse: Callable[[Given], None], kinds: Mapping[int, Sequence[Given]]
) -> dict[int, Difference]:
    """How much longer each kind takes to be refused than the first one.

    In each round every kind comes once, in an order that is drawn anew: what else the machine does
    meets them alike, and the differences within a round are what is looked at. More rounds follow
    until they are known to 25 ns, whatever they are, or after 60,000.
    """
    first, *others = kinds
    took: dict[int, list[int]] = {kind: [] for kind in kinds}
    while True:
        _play(refuse, kinds, took)
        found = {kind: _difference(took[kind], took[first]) for kind in others}
        if len(took[first]) >= MOST or all(each.margin < PRECISE for each in found.values()):
            return found


def _play(
    refuse: Callable[[Given], None],
    kinds: Mapping[int, Sequence[Given]],
    took: Mapping[int, list[int]],
) -> None:
    order = list(kinds)
    gc.disable()
    try:
        for number in range(FEWEST):
            random.shuffle(order)
            for kind in order:
                given = kinds[kind][number % len(kinds[kind])]
                began = perf_counter_ns()
                refuse(given)
                ended = perf_counter_ns()
                took[kind].append(ended - began)
    finally:
        gc.enable()


def _difference(longer: Sequence[int], shorter: Sequence[int]) -> Difference:
    """By the ranks around the median: four standard errors to each side, whatever the distribution;
    one interval in 16,000 misses what it is about.
    """
    ranked = sorted(mine - theirs for mine, theirs in zip(longer, shorter, strict=True))
    middle, aside = len(ranked) // 2, int(2 * len(ranked) ** 0.5)
    return Difference(ranked[middle], ranked[middle - aside], ranked[middle + aside])
