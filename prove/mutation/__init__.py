"""The mutation check: the code is changed in one place, again and again: do the tests notice?

What they do not notice is a gap in the tests, or explained in `explained.toml`. It belongs to
`make prove-long` alone, with mutmut in an environment of its own.
"""

from prove.mutation.explaining import Mutant, explanations
from prove.mutation.running import PYTHON, mutants, run
from prove.progress import say
from prove.rows import Row

WHAT = "mutation: one change at a time in app/wire and app/conversation"


def proved(*, long: bool) -> list[Row]:
    if not long:
        return []
    if not PYTHON.exists():
        return [Row(WHAT, held=False, note=f"{PYTHON.parents[1].name} is not there")]
    run()
    return [row(mutants())]


def row(tried: list[Mutant]) -> Row:
    """Killed, explained, or neither; a change that no test could have noticed is not killed."""
    why = explanations()
    alive = [each for each in tried if not each.is_killed]
    strange = [each for each in alive if each.change not in why]
    for each in strange:
        say(f"not noticed ({each.status}): {each.name}\n{each.change}")
    endless = sum(each.status == "timeout" for each in tried)
    unused = len(why.keys() - {each.change for each in alive})
    return Row(
        WHAT,
        inputs=len(tried),
        held=bool(tried) and not strange and not unused,
        note=f"{len(tried) - len(alive):,} noticed by a test, {endless} of them as it did not end; "
        f"{len(alive) - len(strange)} explained, {len(strange)} neither; "
        f"{unused} explanations without a mutant",
    )
