"""The model test: what each sender reads, whatever becomes of the cookies, is what a small model of
its own says. `python -m prove.run model`, `--long` for ten times as many turns.

`agrees(SEED, Tally())` plays a round again; hypothesis prints how it came to a disagreement.
"""

import logging
import random
import sys
import traceback

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from prove.model.judging import Tally
from prove.model.machine import Conversations
from prove.model.servers import Build, build
from prove.progress import say
from prove.rows import Row

TURNS, MORE_TURNS = 10_000, 100_000
ROUND = settings(
    max_examples=40,
    stateful_step_count=50,
    deadline=None,
    database=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)


def proved(*, long: bool) -> list[Row]:
    """Play until there are enough turns, a seed for each round; it ends with a disagreement."""
    logging.getLogger("parley").addHandler(logging.NullHandler())
    wanted, tally = MORE_TURNS if long else TURNS, Tally()
    number = first = random.SystemRandom().randrange(10**6)
    held = True
    while held and tally.turns < wanted:
        say(f"{tally.turns:,} of {wanted:,} turns; the next ones by seed {number}")
        held = agrees(number, tally)
        number += 1
    return [row(tally, held=held, seeds=f"{first} to {number - 1}")]


def agrees(number: int, tally: Tally, build: Build = build, played: settings = ROUND) -> bool:
    """Whether servers and model agree for one round; where not, how they came to it is shown."""

    def begin() -> Conversations:
        return Conversations(build, tally)

    try:
        run_state_machine_as_test(seed(number)(begin), settings=played)  # type: ignore[arg-type]
    except Exception:
        traceback.print_exc(file=sys.stderr)
        return False
    return True


def row(tally: Tally, *, held: bool, seeds: str) -> Row:
    return Row(
        "model: cookies lost, old, swapped, cut, forged, expired; secrets and flows changed",
        turns=tally.turns,
        refused=tally.refused,
        lost=tally.lost,
        mixed=tally.mixed,
        let_in=tally.let_in,
        held=held,
        note=f"{tally.opened:,} cookies opened, {tally.unopened:,} did not; "
        f"{tally.deployed:,} servers deployed; {len(tally.seen)} flows; seeds {seeds}",
    )
