"""A model of the text that every sender must receive, and tests that it finds faults."""

import ast
import logging
import random
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from parley.sessions import SessionCookie
from tests.evidence.model.checks import Counts
from tests.evidence.model.expected import Deployed
from tests.evidence.model.machine import Conversations
from tests.evidence.model.network import Build, Now, build
from tests.evidence.model.world import FIRST, SECOND
from tests.evidence.plugin import Record, sizes

ROUND = settings(
    max_examples=40,
    stateful_step_count=50,
    deadline=None,
    database=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)
SMALL = settings(ROUND, max_examples=5, derandomize=True)
UNTIL_FOUND = settings(ROUND, max_examples=60, phases=[Phase.generate])
SEEDS = range(30)
"""Maximum of rounds: the draw for a seed changes with the code."""


def agrees(number: int, counts: Counts, build: Build = build, round_: settings = ROUND) -> bool:
    """Return whether servers and model agree in the round of this seed; if not, print the shortest
    sequence that leads to the disagreement.
    """

    def begin() -> Conversations:
        return Conversations(build, counts)

    try:
        run_state_machine_as_test(seed(number)(begin), settings=round_)  # type: ignore[arg-type]
    except Exception:
        traceback.print_exc(file=sys.stderr)
        return False
    return True


@sizes(150, short=10_000, long=100_000)
def test_servers_and_model_agree(size: int, record: Record) -> None:
    """The small size always has the same texts, the others a seed for each round."""
    logging.getLogger("parley").addHandler(logging.NullHandler())
    counts, number = Counts(), random.SystemRandom().randrange(10**6)
    small, first = size < 1_000, number
    while counts.turns < size:
        if not agrees(0 if small else number, counts, round_=SMALL if small else ROUND):
            break
        number += 1
    record(
        "model: cookies lost, old, swapped, cut, forged, expired; secrets and flows changed",
        turns=counts.turns,
        refused=counts.refused,
        lost=counts.lost,
        mixed=counts.mixed,
        let_in=counts.let_in,
        note=f"{counts.opened:,} cookies opened, {counts.unopened:,} did not; "
        f"{counts.deployed:,} servers deployed; {len(counts.flows)} flows; "
        f"seeds {first} to {number - 1}",
    )
    assert counts.turns >= size, "a round ended with a disagreement, see above"
    assert min(counts.opened, counts.unopened, counts.refused, counts.deployed) > 0


def without_sender(key: Any) -> Any:
    return key._replace(from_="")


def without_flow(key: Any) -> Any:
    return key._replace(flow="")


def without_lengths(key: Any) -> Any:
    return key._replace(from_=key.from_ + key.to, to="")


@pytest.mark.live
@pytest.mark.parametrize("changed", [without_sender, without_flow, without_lengths])
def test_a_seal_that_does_not_cover_everything_is_found(
    monkeypatch: pytest.MonkeyPatch, changed: Callable[[Any], Any]
) -> None:
    seal, open_ = SessionCookie.seal, SessionCookie.open
    monkeypatch.setattr(
        SessionCookie,
        "seal",
        lambda self, session, key, *rest: seal(self, session, changed(key), *rest),
    )
    monkeypatch.setattr(
        SessionCookie,
        "open",
        lambda self, header, key, *rest: open_(self, header, changed(key), *rest),
    )
    assert_found(build)


def with_a_clock_six_seconds_ahead(deployed: Deployed, now: Now) -> Flask:
    return build(deployed._replace(ahead=6 if deployed.ahead else 0), now)


def with_retired_secrets(deployed: Deployed, now: Now) -> Flask:
    return build(deployed._replace(secrets=(*deployed.secrets, SECOND, FIRST)), now)


def with_the_old_flow(deployed: Deployed, now: Now) -> Flask:
    return build(deployed._replace(order=min(deployed.order, 1)), now)


@pytest.mark.live
@pytest.mark.parametrize(
    "wrong",
    [
        with_a_clock_six_seconds_ahead,
        with_retired_secrets,
        with_the_old_flow,
    ],
)
def test_a_server_with_another_configuration_is_found(wrong: Build) -> None:
    assert_found(wrong)


def assert_found(wrong: Build) -> None:
    counts = Counts()
    assert any(not agrees(number, counts, wrong, UNTIL_FOUND) for number in SEEDS)
    assert counts.lost + counts.mixed > 0


def test_the_model_shares_no_code_with_the_server() -> None:
    for name in ("expected", "expected_text"):
        source = (Path(__file__).with_name(f"{name}.py")).read_text()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                assert "parley" not in ast.unparse(node).replace(".", " ").split()
