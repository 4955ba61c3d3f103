"""A captured request in every way to split it: which flow is reached, and whose memory opens."""

import re
from collections import Counter

import pytest
from flask import Flask

from parley.discovery import load_flows
from tests.evidence.attacks.captured import (
    CAPTURED,
    MALLORY,
    SHORT_CODE,
    VALUES,
    Captured,
    Sent,
    send_as_json,
    send_splits,
)
from tests.evidence.attacks.resplit import resplits
from tests.evidence.plugin import Record, sizes
from tests.recording_flow import FLOWS, owner, recorded
from tests.webhook import ALICE, APP, Twilio

ELSEWHERE, EVERY = 20, 40
"""How many requests for each path that has no flow, and one of how many that are not complete."""


def sent(app: Flask, captured: Captured, cookie: str) -> list[Sent]:
    return list(send_splits(app, captured, cookie, ELSEWHERE, EVERY))


@pytest.mark.threat("S4")
@sizes((ELSEWHERE, EVERY), short=(ELSEWHERE, 1), long=(None, 1))
def test_however_it_is_split_it_opens_no_memory_but_that_of_the_conversation_it_names(
    app: Flask, alice: Twilio, size: tuple[int | None, int], record: Record
) -> None:
    """Also with Alice's cookie, which Mallory should not have."""
    counts: Counter[str] = Counter()
    hers = owner("recorder", ALICE, APP)
    for captured in CAPTURED.values():
        json = send_as_json(app, captured, alice.cookie)
        every = [*send_splits(app, captured, alice.cookie, *size), json]
        assert len(every) > 40
        assert [each for each in every if each.split.pairs and not each.is_as_it_reads] == []
        turns = [each.turn for each in every if each.turn]
        assert any(turn.message.from_ != MALLORY for turn in turns), "the attack has some effect"
        counts["inputs"] += len(every)
        counts["turns"] += len(turns)
        counts["hers"] += sum(bool(turn.session) for turn in turns)
        counts["mixed"] += sum(turn.is_mixed_up for turn in turns)
        counts["mixed"] += sum(bool(turn.session) and turn.owner != hers for turn in turns)
    record(
        "signed requests, split otherwise",
        inputs=counts["inputs"],
        turns=counts["turns"],
        refused=counts["inputs"] - counts["turns"],
        mixed=counts["mixed"],
        note=f"{counts['hers']} named Alice, had her cookie, and got her memory (S4)",
    )
    assert counts["hers"] > 0
    alice.text("recorder")
    assert recorded()[0].count == 2, "Alice notices nothing"


@pytest.mark.threat("S4")
@pytest.mark.parametrize("captured", CAPTURED.values(), ids=CAPTURED)
def test_with_his_own_cookie_mallory_reads_his_own_memory_alone(
    app: Flask, captured: Captured
) -> None:
    mallory = Twilio(app.test_client(use_cookies=False), from_=MALLORY)
    mallory.text("recorder")
    his = recorded()[0].owner
    turns = [each.turn for each in sent(app, captured, mallory.cookie) if each.turn]
    assert turns
    assert all(turn.owner == his for turn in turns if turn.session)
    assert not any(turn.is_mixed_up for turn in turns)


REACHED = [
    ("a form", {("recorder", ALICE, APP)}),
    (
        "a form to a flow with a longer name",
        {("recorder", ALICE, APP), ("recorder-two", ALICE, APP)},
    ),
    ("a form to a URL with a query", {("recorder", ALICE, APP)}),
    ("a GET", {("recorder", SHORT_CODE, SHORT_CODE)}),
]


@pytest.mark.threat("S4")
@pytest.mark.parametrize(("what", "reached"), REACHED)
def test_how_far_it_gets(app: Flask, what: str, reached: set[tuple[str, str, str]]) -> None:
    """What is not defended: the flow answers the sender that he chose, without a memory."""
    turns = [each.turn for each in sent(app, CAPTURED[what], "") if each.turn]
    assert reached <= {turn.conversation for turn in turns}
    assert {turn.remembered for turn in turns} == {None}
    if what != "a form to a flow with a longer name":
        assert {turn.flow for turn in turns} == {"recorder"}
    if what == "a GET":
        assert not any(turn.message.from_ == ALICE for turn in turns), "a + is written %2B there"


@pytest.mark.threat("S4")
def test_a_url_with_a_query_of_its_own_lends_its_signature_to_any_json(app: Flask) -> None:
    """What is not defended; without such a query there is no place for the hash of a body."""
    turns = {what: send_as_json(app, captured, "").turn for what, captured in CAPTURED.items()}
    assert {what for what, turn in turns.items() if turn} == {"a form to a URL with a query"}
    turn = turns["a form to a URL with a query"]
    assert turn
    assert turn.conversation == ("recorder", ALICE, APP)
    assert turn.remembered is None


@pytest.mark.parametrize("captured", CAPTURED.values(), ids=CAPTURED)
def test_every_split_has_the_same_signature(captured: Captured) -> None:
    """By the rule of Twilio's documentation, and not by the code that is tested."""
    cuts = list(resplits(captured.signed, VALUES, ELSEWHERE))
    assert {cut.signed for cut in cuts} == {captured.signed}
    assert len(set(cuts)) == len(cuts) > 400
    assert {cut.flow for cut in cuts} <= {None, *FLOWS}


@pytest.mark.threat("S4")
def test_no_flow_of_ours_is_named_like_another_and_more() -> None:
    """The rest of the longer name must sort before `AccountSid`, as a name of the form."""
    names = load_flows()
    assert not any(re.match(f"{name}[^a-z]", longer) for name in names for longer in names)
