"""What was signed, cut anew in every way that signs alike: who is heard, and whose memory opens."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import residents
from tests.resplit import resplits
from tests.strangers import (
    CAPTURED,
    MALLORY,
    SHORT_CODE,
    VALUES,
    Captured,
    Sent,
    sent,
    sent_as_json,
)
from tests.twilio import ALICE, APP, Twilio
from tests.witness import FLOWS, heard, owner, witnesses

ELSEWHERE, EVERY = 20, 10
"""Cuts to try for each path that leads to no flow, and one of how many that are not whole; `make
prove` tries all.
"""


@pytest.fixture(name="app")
def the_app(tmp_path: Path, make_app: Callable[..., Flask]) -> Iterator[Flask]:
    folder = tmp_path / "flows"
    folder.mkdir()
    with witnesses(folder):
        yield make_app()


@pytest.fixture
def alice(app: Flask) -> Twilio:
    """Alice, who has texted twice."""
    alice = Twilio(app.test_client(use_cookies=False))
    for _ in range(2):
        alice.text("witness")
    assert [turn.count for turn in heard()] == [0, 1]
    return alice


def tried(app: Flask, captured: Captured, cookie: str) -> list[Sent]:
    return list(sent(app, captured, cookie, ELSEWHERE, EVERY))


@pytest.mark.threat("S4")
@pytest.mark.parametrize("captured", CAPTURED.values(), ids=CAPTURED)
def test_however_it_is_cut_it_opens_no_memory_but_that_of_who_it_says_it_is(
    app: Flask, alice: Twilio, captured: Captured
) -> None:
    """Also with Alice's cookie, which Mallory should not have."""
    every = [*tried(app, captured, alice.cookie), sent_as_json(app, captured, alice.cookie)]
    said = [each for each in every if each.split.pairs]
    assert len(said) > 70
    assert [each for each in said if not each.is_as_it_reads] == []
    turns = [each.turn for each in every if each.turn]
    assert any(turn.from_ != MALLORY for turn in turns), "the attack gets somewhere"
    hers = owner("witness", ALICE, APP)
    assert {turn.remembered for turn in turns} <= {None, hers}
    assert all(turn.owner == hers for turn in turns if turn.remembered)
    alice.text("witness")
    assert heard()[0].count == 2, "Alice notices nothing"


@pytest.mark.threat("S4")
@pytest.mark.parametrize("captured", CAPTURED.values(), ids=CAPTURED)
def test_with_his_own_cookie_mallory_reads_his_own_memory_alone(
    app: Flask, captured: Captured
) -> None:
    mallory = Twilio(app.test_client(use_cookies=False), from_=MALLORY)
    mallory.text("witness")
    his = heard()[0].owner
    turns = [each.turn for each in tried(app, captured, mallory.cookie) if each.turn]
    assert turns
    assert all(turn.owner == his for turn in turns if turn.remembered)
    assert not any(turn.is_mixed_up for turn in turns)


REACHED = [
    ("a form", {("witness", ALICE, APP)}),
    ("a form to a flow with a longer name", {("witness", ALICE, APP), ("witness_two", ALICE, APP)}),
    ("a form to a URL with a query", {("witness", ALICE, APP)}),
    ("a GET", {("witness", SHORT_CODE, SHORT_CODE)}),
]


@pytest.mark.threat("S4")
@pytest.mark.parametrize(("what", "reached"), REACHED)
def test_how_far_it_gets(app: Flask, what: str, reached: set[tuple[str, str, str]]) -> None:
    """What is not defended: he is heard as whom he chose, without a memory."""
    turns = [each.turn for each in tried(app, CAPTURED[what], "") if each.turn]
    assert reached <= {turn.conversation for turn in turns}
    assert {turn.remembered for turn in turns} == {None}
    if what != "a form to a flow with a longer name":
        assert {turn.flow for turn in turns} == {"witness"}
    if what == "a GET":
        assert not any(turn.from_ == ALICE for turn in turns), "a + stands there as %2B"


@pytest.mark.threat("S4")
def test_a_url_with_a_query_of_its_own_lends_its_signature_to_any_json(app: Flask) -> None:
    """What is not defended; without such a query there is no room for the hash of a body."""
    heard_as = {what: sent_as_json(app, captured, "").turn for what, captured in CAPTURED.items()}
    assert {what for what, turn in heard_as.items() if turn} == {"a form to a URL with a query"}
    turn = heard_as["a form to a URL with a query"]
    assert turn
    assert turn.conversation == ("witness", ALICE, APP)
    assert turn.remembered is None


@pytest.mark.parametrize("captured", CAPTURED.values(), ids=CAPTURED)
def test_every_cut_signs_alike(captured: Captured) -> None:
    """By the rule of Twilio's documentation, and not by the code that is tested."""
    cuts = list(resplits(captured.signed, VALUES, ELSEWHERE))
    assert {cut.signed for cut in cuts} == {captured.signed}
    assert len(set(cuts)) == len(cuts) > 400
    assert {cut.flow for cut in cuts} <= {None, *FLOWS}


@pytest.mark.threat("S4")
def test_no_flow_of_ours_is_named_like_another_and_more() -> None:
    """What is behind the shorter name has to sort before `AccountSid`, as a name of the form."""
    names = residents()
    assert not any(re.match(f"{name}[^a-z]", longer) for name in names for longer in names)
