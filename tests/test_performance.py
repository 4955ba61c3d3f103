"""The benchmark measures what its document says."""

from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from bench import load, report
from bench.conversing import recorded
from bench.load import Load
from bench.peers import GRANIAN, PARLEY, TUTORIAL, Peer, serving
from bench.report import Figures, Target
from bench.tables import BLOCK
from bench.texts import conversations
from tests.webhook import signature

pytestmark = pytest.mark.live
ROOT = Path(__file__).parents[1]


def test_the_texts_are_distinct_signed_and_reproducible() -> None:
    turns = list(conversations(30, 3))
    texts = [text for texts in turns for text in texts]
    forms = [dict(parse_qsl(text.body.decode(), keep_blank_values=True)) for text in texts]
    for text, form in zip(texts, forms, strict=True):
        assert len(form) == 20
        assert text.headers["X-Twilio-Signature"] == signature(text.url, form)
    for name in ("MessageSid", "Body"):
        assert len({form[name] for form in forms}) == len(texts)
    assert len({form["From"] for form in forms}) == 30
    assert list(conversations(30, 3)) == turns


@pytest.mark.parametrize("peer", [TUTORIAL, PARLEY, GRANIAN], ids=lambda peer: peer.name)
def test_the_peers_do_the_same_work(peer: Peer, tmp_path: Path) -> None:
    held = recorded(peer, tmp_path, 3, 4)
    assert len(held) == 9
    assert all(turn.request.headers["Cookie"] for turn in held)


def test_a_peer_with_a_wrong_answer_is_detected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.conversing.expected", lambda turn: b"%d" % turn)
    with pytest.raises(SystemExit, match="instead of b'0'"):
        recorded(TUTORIAL, tmp_path, 1, 2)


@pytest.mark.skipif(not load.is_possible(), reason=load.MISSING)
def test_under_load_every_text_is_answered(tmp_path: Path) -> None:
    turns = recorded(PARLEY, tmp_path, 10, 2)
    right = load.write(turns, tmp_path / "right", "keep")
    wrong = tmp_path / "wrong"
    wrong.write_bytes(right.read_bytes().replace(b"X-Twilio-", b"X-Anyone-"))  # the same length
    with serving(PARLEY, tmp_path) as server:
        run = load.loaded(server, right, 2, 1)
        assert run.per_second > 10
        assert 0 < run.p50 <= run.p99
        assert run.microseconds > 10
        assert run.failed == 0
        with pytest.raises(SystemExit, match="had an error"):
            load.loaded(server, wrong, 2, 1)


@pytest.mark.parametrize(
    ("measured", "at_least", "is_met"),
    [(1.25, False, True), (1.251, False, False), (1.25, True, True), (1.249, True, False)],
)
def test_a_target_is_compared_exactly(measured: float, at_least: bool, is_met: bool) -> None:
    assert Target("it", measured, 1.25, at_least=at_least).is_met == is_met


def test_the_targets_are_computed_from_the_figures() -> None:
    ways = {
        ("express", 400.0),
        ("parley", 440.0),
        ("granian", 200.0),
        ("tutorial", 900.0),
    }
    figures = Figures(
        instructions={("parley", "alone"): 4.0, ("tutorial", "alone"): 10.0}
        | {("parley", "server"): 5.0, ("tutorial", "server"): 10.0}
        | {("limited", "alone"): 6.0, ("unlimited", "alone"): 6.0}
        | {("limited", "server"): 103.0, ("unlimited", "server"): 100.0},
        loads={(name, way): Load(1, 10, 31, cost, 0) for name, cost in ways for way in load.WAYS},
        workers={16: 1.8, 64: 1.6},
        memory={"parley": 20, "tutorial": 25},
        slow=(50, 0.02),
        idle=0.05,
        lines=1_300,
    )
    found = {target.what: target for target in report.targets(figures)}
    assert len(found) == 15
    assert set(report.missed(figures)) == {
        "p99 to p50 at 64 kept connections, saturated",
        "turns of two workers to one's, 64 kept connections",
        "more instructions a turn for the limits at /sms, under gunicorn",
    }
    assert report.blocks(figures)["targets"].count("MISSED") == 3


def test_the_document_quotes_the_blocks_that_the_benchmark_writes() -> None:
    quoted = BLOCK.findall((ROOT / "docs/performance.md").read_text())
    assert {block for _, block, _ in quoted} == {"targets", "instructions", "load", "machine"}
