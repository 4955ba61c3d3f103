"""Print how Parley and its peers read the table: `make understanding`."""

import sys
from collections.abc import Iterator, Sequence
from typing import Any

from tests.understanding.peers import PEERS, Peer
from tests.understanding.readers import read
from tests.understanding.scores import (
    MISREAD,
    RIGHTLY_ASKED,
    UNDERSTOOD,
    WRONGLY_ASKED,
    Score,
    score,
)
from tests.understanding.table import QUESTIONS, Row, rows

OUTCOMES = (UNDERSTOOD, RIGHTLY_ASKED, WRONGLY_ASKED, MISREAD)
Read = list[tuple[Row, Any]]  # rows with a reader's answers


def main() -> None:
    """Print a Markdown table and, on request, the rows that Parley got wrong."""
    by_parley = [(row, read(row)) for row in rows()]
    print("\n".join(report(by_parley)), flush=True)
    if "--failures" in sys.argv:
        print(f"\n{_score(by_parley).failures()}")


def report(by_parley: Read, peers: Sequence[Peer] = PEERS) -> Iterator[str]:
    """Yield the lines of the Markdown table."""
    by_peer = {peer.name: _read_by(peer) for peer in peers}
    yield f"| question | texts | reader | {' | '.join(OUTCOMES)} |"
    yield "| --- | --- | --- |" + " --- |" * len(OUTCOMES)
    for question in QUESTIONS:
        yield _line(question, "Parley", _of(by_parley, [question]))
        for peer in peers:
            if question in peer.questions:
                yield _line_of(peer, question, _of(by_peer[peer.name], [question]))
    yield _line("all", "Parley", by_parley)
    for peer in peers:
        known = f"all that {peer.name} can read"
        yield _line(known, "Parley", _of(by_parley, peer.questions))
        yield _line_of(peer, known, by_peer[peer.name])


def _read_by(peer: Peer) -> Read:
    known = [row for row in rows() if row.question in peer.questions]
    answers = peer.read(known) if peer.is_installed else [None] * len(known)
    return list(zip(known, answers, strict=True))


def _of(read: Read, questions: Sequence[str]) -> Read:
    return [(row, answer) for row, answer in read if row.question in questions]


def _score(read: Read) -> Score:
    return score([row for row, _ in read], [answer for _, answer in read])


def _line_of(peer: Peer, question: str, read: Read) -> str:
    if peer.is_installed:
        return _line(question, peer.name, read)
    return f"| {question} | {len(read)} | {peer.name} | {peer.missing}" + " |" * len(OUTCOMES)


def _line(question: str, reader: str, read: Read) -> str:
    result = _score(read)
    with_meaning, to_ask = result.with_meaning, len(read) - result.with_meaning
    of = {UNDERSTOOD: with_meaning, RIGHTLY_ASKED: to_ask, WRONGLY_ASKED: with_meaning}
    cells = [_share(result.counts[name], of.get(name, len(read))) for name in OUTCOMES]
    return f"| {question} | {len(read)} | {reader} | {' | '.join(cells)} |"


def _share(count: int, of: int) -> str:
    return f"{count} ({count / of:.1%})" if of else "–"


if __name__ == "__main__":
    main()
