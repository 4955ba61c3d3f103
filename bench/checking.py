"""Before anything is measured: that the peers do the same work.

Each is texted the same conversations, and those that check answer the same bytes to the same texts,
their cookies carried. They refuse a text that is wrongly signed, and believe no altered cookie.
The peers that check nothing answer a first text as the others do, and every other text alike.
"""

import re
from pathlib import Path

from bench.conversing import Line, Turn, converse
from bench.peers import Peer
from bench.peers.raw_fixed import ANSWER
from bench.serving import serving
from bench.texts import Text, conversations

PAIRS, TURNS = 250, 9
COUNT = "Your current count is "


def recorded(
    peer: Peer, folder: Path, port: int, texts: list[list[Text]] | None = None
) -> list[Turn]:
    """The turns of conversations with a peer that carry a cookie, after it has been checked."""
    texts = texts or list(conversations(PAIRS, TURNS))
    with serving(peer.command(port), port, folder):
        held = converse(port, texts)
        expected = [expected_of(peer, number) for number, texts in enumerate(texts) for _ in texts]
        if [turn.document for turn in held] != expected:
            raise SystemExit(f"{peer.title} does not answer the same bytes to the same texts.")
        if peer.checks:
            check_refusals(held[-1], port)
    return held[len(texts[0]) :]


def expected_of(peer: Peer, number: int) -> bytes:
    """The document that answers the text of this number, from 0, in every conversation."""
    if number == 0 or not peer.checks:
        return ANSWER
    told = re.sub(rb"(?<=<Message>).*(?=</Message>)", f"{COUNT}{number}".encode(), ANSWER)
    assert told != ANSWER
    return told


def check_refusals(turn: Turn, port: int) -> None:
    """A wrong signature is refused, and an altered cookie begins the conversation anew."""
    line = Line(port)
    text, cookie = turn.text, turn.cookie
    right = text.headers["X-Twilio-Signature"]
    wrong = text._replace(headers={**text.headers, "X-Twilio-Signature": right.swapcase()})
    line.ask(wrong.as_http(cookie), status=403)
    assert line.ask(text.as_http(cookie)).body == turn.document
    altered = cookie[:-10] + ("A" if cookie[-10] != "A" else "B") + cookie[-9:]
    if line.ask(text.as_http(altered)).body != ANSWER:
        raise SystemExit("A peer believes a cookie that was altered.")
    line.close()
