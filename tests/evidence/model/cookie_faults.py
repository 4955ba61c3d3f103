"""What can happen to a cookie in Twilio's jar: each function returns the new value."""

from collections.abc import Callable

from tests.evidence.model.expected import FOUR_HOURS, HALF_AN_HOUR
from tests.evidence.model.world import PAIRS, Pair, World

Fault = Callable[[World, Pair, int], str]
"""The world, the pair of the cookie, and a number to select a value or a position."""

CLOSE = (-FOUR_HOURS - 6, -FOUR_HOURS - 5, -HALF_AN_HOUR - 6, -HALF_AN_HOUR - 5, -2, -1, 0, 1)
"""Seconds before a cookie's expiry, around the times when it becomes valid and invalid."""


def lost(_: World, __: Pair, ___: int) -> str:
    return ""


def old_or_of_another(world: World, _: Pair, which: int) -> str:
    """Any cookie that was ever set, for any pair, latest first."""
    given = list(world.model.given)
    return given[-1 - which % len(given)] if given else ""


def swapped(world: World, pair: Pair, which: int) -> str:
    """Another pair's cookie; the two are swapped."""
    other = PAIRS[which % len(PAIRS)]
    theirs = world.holds(other)
    world.puts(other, world.holds(pair))
    return theirs


def cut_behind(world: World, pair: Pair, where: int) -> str:
    return world.holds(pair)[:where]


def cut_before(world: World, pair: Pair, where: int) -> str:
    return world.holds(pair)[where:]


def bit_flipped(world: World, pair: Pair, which: int) -> str:
    value = world.holds(pair)
    if not value:
        return ""
    place, bit = which // 7 % len(value), which % 7
    return value[:place] + chr(ord(value[place]) ^ 1 << bit) + value[place + 1 :]


def close_to_its_expiry(world: World, pair: Pair, which: int) -> str:
    """The same value; the clock moves to its expiry, or shortly before or after."""
    value = world.holds(pair)
    if sealed := world.model.given.get(value):
        world.clock.now = sealed.expiry + CLOSE[which % len(CLOSE)] + 0.5
    return value


OF_ANOTHER = {"old or of another": old_or_of_another, "swapped": swapped}
SPOILT = {"lost": lost, "cut behind": cut_behind, "cut before": cut_before, "bit": bit_flipped}
