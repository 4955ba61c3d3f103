"""No stranger is let in: named attacks, many thousand requests, and what is slow or timed."""

from prove.progress import say
from prove.rows import Row
from prove.strangers.attacks import attacks
from prove.strangers.knocking import strangers
from prove.strangers.slow import slow
from prove.strangers.splitting import splits
from prove.strangers.timing import timing


def proved(*, long: bool) -> list[Row]:
    say("strangers: about a minute" if not long else "strangers: about five minutes")
    rows: list[Row] = []
    for part in (strangers, splits, slow, timing, attacks):
        rows += part(long=long)
        say(f"strangers: {rows[-1].what}")
    return rows
