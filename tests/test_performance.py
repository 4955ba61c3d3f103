"""What is told of performance was measured, and what is measured is what it is said to be."""

import re
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from bench import checking, counting, loading, report, report_flat, results, targets
from bench.conversing import Turn
from bench.peers import FLOOR, RAW_FIXED, WSGI_PEERS, Peer
from bench.serving import free_port, serving
from bench.texts import PUBLIC_URL, TOKEN, conversations
from tests.test_house import pinned
from tests.twilio import signature

pytestmark = pytest.mark.live


@pytest.mark.parametrize("file", results.QUOTING, ids=lambda file: file.name)
def test_the_quoted_tables_are_those_of_the_results(file: Path) -> None:
    text = file.read_text()
    assert results.BLOCK.search(text), "it quotes something"
    assert results.quoted(text, report.blocks()) == text, "run make bench, which quotes anew"


def test_the_tables_beside_the_results_are_made_of_them() -> None:
    kept = {file.stem: file.read_text() for file in results.FOLDER.glob("*.md")}
    assert kept == {name: f"{block}\n" for name, block in report.blocks().items()}


def test_results_tell_nothing_of_the_machine_but_versions_and_cores() -> None:
    for file in results.FOLDER.iterdir():
        assert file.stat().st_size < 150_000
        if file.suffix != ".png":
            assert not re.search(r"[\s\"](/\w+){2,}", file.read_text()), "no path of a machine"
    known = {"cores", "CPython", "gunicorn", "gunicorn_h1c", "flask", "twilio", "itsdangerous"}
    assert set(results.read("bench")["machine"]) <= {*known, "wrk", "valgrind", "node"}


def test_what_only_measurements_need_is_pinned_and_agrees_with_the_server() -> None:
    pins, servers = pinned("requirements-bench.txt"), pinned("requirements.txt")
    assert "matplotlib" in pins
    assert all(version == servers.get(name, version) for name, version in pins.items())


def test_the_texts_are_all_different_all_signed_and_every_time_the_same() -> None:
    turns = list(conversations(30, 3))
    texts = [text for texts in turns for text in texts]
    forms = [dict(parse_qsl(text.body.decode(), keep_blank_values=True)) for text in texts]
    for text, form in zip(texts, forms, strict=True):
        assert len(form) == 20
        expected = signature(PUBLIC_URL + text.path, form, TOKEN)
        assert text.headers["X-Twilio-Signature"] == expected
    for name in ("MessageSid", "Body"):
        assert len({form[name] for form in forms}) == len(texts)
    assert len({form["From"] for form in forms}) == 30
    assert list(conversations(30, 3)) == turns


@pytest.mark.parametrize("peer", WSGI_PEERS, ids=lambda peer: peer.name)
def test_the_peers_answer_the_same_bytes_to_the_same_texts(peer: Peer, tmp_path: Path) -> None:
    held = checking.recorded(peer, tmp_path, free_port(), list(conversations(3, 4)))
    assert len(held) == 9
    assert all(bool(turn.cookie) == peer.checks for turn in held)


def test_a_peer_that_answers_otherwise_is_found(tmp_path: Path) -> None:
    claims_to_check = Peer("raw-fixed", "a fixed answer", RAW_FIXED.application)
    with pytest.raises(SystemExit, match="same bytes"):
        checking.recorded(claims_to_check, tmp_path, free_port(), list(conversations(1, 2)))


def held_with_floor(folder: Path, pairs: int) -> list[Turn]:
    return checking.recorded(FLOOR, folder, free_port(), list(conversations(pairs, 2)))


@pytest.mark.skipif(not counting.is_possible(), reason=counting.MISSING)
def test_instructions_are_the_same_however_often_they_are_counted(tmp_path: Path) -> None:
    turns = held_with_floor(tmp_path, 160)
    batches = [turns[:100], turns[100:]]
    first, second = counting.in_application(FLOOR.application, batches, tmp_path)
    assert 50_000 < first < 1_000_000
    assert first == pytest.approx(second, rel=0.02)


def test_a_server_is_measured_once_it_has_its_worker(tmp_path: Path) -> None:
    slow = tmp_path / "slow.conf.py"
    slow.write_text("import time\n\ndef when_ready(server):\n    time.sleep(0.5)\n")
    port = free_port()
    with serving(FLOOR.command(port, "--config", str(slow)), port, tmp_path) as server:
        assert server.workers() != [server.process.pid], "it listens long before it has one"


@pytest.mark.skipif(not loading.is_possible(), reason=loading.MISSING)
def test_under_load_no_text_may_be_refused(tmp_path: Path) -> None:
    turns = held_with_floor(tmp_path, 10)
    strangers = [Turn(turn.text._replace(body=b"From=x"), "", b"") for turn in turns]
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    loading.write(turns, right, keep_alive=True)
    loading.write(strangers, wrong, keep_alive=False)
    port = free_port()
    with serving(FLOOR.command(port), port, tmp_path) as server:
        run = loading.loaded(server, right, 2, 1)
        assert run.per_second > 10
        assert 0 < run.p50 <= run.p99
        assert run.microseconds > 10
        assert run.failed == 0
        with pytest.raises(SystemExit, match="answered with errors"):
            loading.loaded(server, wrong, 2, 1)


@pytest.mark.parametrize(
    ("ratio", "at_least", "told"),
    [
        (1.25, False, "met"),
        (1.251, False, "missed"),
        (1.25, True, "met"),
        (1.249, True, "missed"),
        (None, False, "not measured"),
    ],
)
def test_a_target_is_met_to_the_last_digit(ratio: float | None, at_least: bool, told: str) -> None:
    assert targets.Target("it", 1.25, at_least=at_least).told(ratio)[-1] == told


def test_growth_is_one_along_a_line_and_more_above_it() -> None:
    line = [[size, 100.0 + size] for size in (0, 10, 20, 30, 40)]
    assert report_flat.growth({"a line": line}) == pytest.approx(1)
    square = [[size, 100.0 + size**2] for size in (0, 10, 20, 30, 40)]
    assert report_flat.growth({"a line": line, "a square": square}) > 1.5
