"""How long refusals take, by how many characters of a secret are right."""

from prove.rows import Row
from tests.wire.refusals import macs_of_cookies, signatures, tokens_of_the_metrics
from tests.wire.timing import BOUND, differences

SHORT, LONG = 1, 8
"""How often each secret is measured."""


def timing(*, long: bool) -> list[Row]:
    """The largest difference that there may be between two wrong secrets, four standard errors on
    the safe side.
    """
    largest: dict[str, int] = {}
    for secrets in (signatures, macs_of_cookies, tokens_of_the_metrics):
        for _ in range(LONG if long else SHORT):
            found = differences(*secrets())
            most = max(each.at_most for each in found.values())
            largest[secrets.__name__] = max(most, largest.get(secrets.__name__, 0))
    told = ", ".join(f"{name.replace('_', ' ')} {most} ns" for name, most in largest.items())
    return [
        Row(
            "timing of wrong secrets",
            held=max(largest.values()) < BOUND,
            note=f"differences of at most: {told}; the bound is {BOUND} ns",
        )
    ]
