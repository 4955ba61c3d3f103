"""A captured request in all possible splits: the flow that it reaches, and the memory it opens."""

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
"""Per path without a flow, the number of requests; and one of how many incomplete ones."""


def sent(app: Flask, captured: Captured, cookie: str) -> list[Sent]:
    return list(send_splits(app, captured, cookie, ELSEWHERE, EVERY))


@pytest.mark.threat("S4")
@sizes((ELSEWHERE, EVERY), short=(ELSEWHERE, 1), long=(None, 1))
def test_no_split_opens_the_memory_of_another_conversation(
    app: Flask, alice: Twilio, size: tuple[int | None, int], record: Record
) -> None:
    """Even with Alice's cookie, which Mallory should not have."""
    counts: Counter[str] = Counter()
    hers = owner("recorder", ALICE, APP)
    for captured in CAPTURED.values():
        json = send_as_json(app, captured, alice.cookie)
        every = [*send_splits(app, captured, alice.cookie, *size), json]
        assert len(every) > 40
        assert [each for each in every if each.split.pairs and not each.is_as_it_reads] == []
        turns = [each.turn for each in every if each.turn]
        assert any(turn.message.from_ != MALLORY for turn in turns), "no split changes the sender"
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
    assert recorded()[0].count == 2, "Alice's conversation has changed"


@pytest.mark.threat("S4")
@pytest.mark.parametrize("captured", CAPTURED.values(), ids=CAPTURED)
def test_with_his_own_cookie_mallory_reads_only_his_own_memory(
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
def test_a_split_request_reaches_a_flow_without_memory(
    app: Flask, what: str, reached: set[tuple[str, str, str]]
) -> None:
    """Not defended: the flow replies to the sender of the attacker's choice, without memory."""
    turns = [each.turn for each in sent(app, CAPTURED[what], "") if each.turn]
    assert reached <= {turn.conversation for turn in turns}
    assert {turn.remembered for turn in turns} == {None}
    if what != "a form to a flow with a longer name":
        assert {turn.flow for turn in turns} == {"recorder"}
    if what == "a GET":
        assert not any(turn.message.from_ == ALICE for turn in turns), (
            "a + is encoded as %2B in a URL"
        )


@pytest.mark.threat("S4")
def test_the_signature_of_a_url_with_a_query_is_valid_with_any_json(app: Flask) -> None:
    """Not defended; without a query there is no place for the hash of a body."""
    turns = {what: send_as_json(app, captured, "").turn for what, captured in CAPTURED.items()}
    assert {what for what, turn in turns.items() if turn} == {"a form to a URL with a query"}
    turn = turns["a form to a URL with a query"]
    assert turn
    assert turn.conversation == ("recorder", ALICE, APP)
    assert turn.remembered is None


@pytest.mark.parametrize("captured", CAPTURED.values(), ids=CAPTURED)
def test_every_split_has_the_same_signature(captured: Captured) -> None:
    """By the rule in Twilio's documentation, not by the tested code."""
    cuts = list(resplits(captured.signed, VALUES, ELSEWHERE))
    assert {cut.signed for cut in cuts} == {captured.signed}
    assert len(set(cuts)) == len(cuts) > 400
    assert {cut.flow for cut in cuts} <= {None, *FLOWS}


@pytest.mark.threat("S4")
def test_no_deployed_flows_name_extends_another_in_an_exploitable_way() -> None:
    """The rest of the longer name must sort before `AccountSid`, as the name of a parameter."""
    names = load_flows()
    assert not any(re.match(f"{name}[^a-z]", longer) for name in names for longer in names)
