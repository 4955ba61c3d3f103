"""Timing of rejections: the differences between wrong secrets, with confidence intervals."""

import gc
import random
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter_ns
from typing import NamedTuple, TypeVar

BOUND = 100
"""Maximal difference between two wrong secrets in nanoseconds: docs/security.md, S30."""
PRECISE = BOUND / 4
"""Nanoseconds to either side within which a difference must be known."""
FEWEST, MOST = 5_000, 180_000
"""Rounds."""

Given = TypeVar("Given")


class Difference(NamedTuple):
    """The additional nanoseconds of a kind of secret: the median, and its confidence interval."""

    median: int
    least: int
    most: int

    @property
    def at_most(self) -> float:
        """The largest likely difference in either direction: two standard errors off the median."""
        return abs(self.median) + self.margin / 2

    @property
    def margin(self) -> float:
        return (self.most - self.least) / 2


def sharing(right: str, number: int, ends: str = "") -> str:
    """Return a wrong secret whose first characters, so many, are those of the right one.

    The rest are the same characters in another order, because other characters may take longer by
    themselves; the last one is different. `ends` are the possible last characters.
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
    """Return the additional time to reject each kind, compared with the first.

    Each round has every kind once, in a new random order, so that the noise of the machine affects
    them equally; the differences within a round are compared. The rounds end when the differences
    are known to 25 ns, or after 180,000.
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
    """Return the interval by the ranks around the median: four standard errors to each side, for
    any distribution; one interval in 16,000 does not contain the true value.
    """
    ranked = sorted(mine - theirs for mine, theirs in zip(longer, shorter, strict=True))
    middle, aside = len(ranked) // 2, int(2 * len(ranked) ** 0.5)
    return Difference(ranked[middle], ranked[middle - aside], ranked[middle + aside])
