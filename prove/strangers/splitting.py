"""What was signed, cut anew in every way that signs alike, with the cookie of somebody else."""

from collections import Counter

from prove.rows import Row
from prove.strangers.application import application
from tests.strangers import CAPTURED, sent, sent_as_json
from tests.twilio import ALICE, APP
from tests.witness import owner

ELSEWHERE = 20
"""Cuts for each path that leads to no flow, in the short form."""


def splits(*, long: bool) -> list[Row]:
    """Whoever is heard must be who the request says, and know of no conversation but that."""
    counts: Counter[str] = Counter()
    hers = owner("witness", ALICE, APP)
    with application() as (app, alice):
        for captured in CAPTURED.values():
            for each in sent(app, captured, alice.cookie, None if long else ELSEWHERE):
                counts["inputs"] += 1
                counts["odd"] += not each.is_as_it_reads
                if turn := each.turn:
                    known = turn.remembered is not None
                    counts["turns"] += 1
                    counts["mixed"] += turn.is_mixed_up or (known and turn.owner != hers)
                    counts["hers"] += known
                else:
                    counts["refused"] += 1
        as_json = [sent_as_json(app, each, alice.cookie).turn for each in CAPTURED.values()]
    return [
        Row(
            "signed requests, split otherwise",
            inputs=counts["inputs"] + len(as_json),
            turns=counts["turns"] + sum(turn is not None for turn in as_json),
            refused=counts["refused"] + as_json.count(None),
            mixed=counts["mixed"] + sum(turn.is_mixed_up for turn in as_json if turn),
            held=not counts["odd"] and counts["hers"] > 0,
            note=f"{counts['hers']} said that they were Alice's, came with her cookie, and knew "
            "what she does (S4); no other knew of anything",
        )
    ]
