"""No stranger is let in: named attacks, many thousand requests, and what is slow or timed."""

from prove.rows import Row
from prove.strangers.attacks import attacks
from prove.strangers.knocking import strangers
from prove.strangers.slow import slow
from prove.strangers.splitting import splits
from prove.strangers.timing import timing


def proved(*, long: bool) -> list[Row]:
    return [
        strangers(long=long),
        splits(long=long),
        *slow(long=long),
        timing(long=long),
        attacks(long=long),
    ]
