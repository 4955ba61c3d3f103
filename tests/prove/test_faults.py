"""The judge of the faults: what is planted before it is counted."""

import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest

from prove.faults.judging import Judge, count_in, reasons, why_anew
from prove.faults.senders import APART, Fetching, Sender, all_answered, counting
from prove.faults.trial import judged
from tests.server.running import Server

SID = f"SM{7:032x}"
LOGGED = f"2026-11-21T08:00:00Z INFO turn status=200 flow=counter sid={SID} from=+1555…01 memory="


def said(count: int) -> str:
    text = f"Your current count is {count}" if count else "Hello, thanks for the new message!"
    return f"<Response><Message>{text}</Message></Response>"


@contextmanager
def answering(*answers: Callable[[http.server.BaseHTTPRequestHandler], None]) -> Iterator[Server]:
    """A server that answers one request after the other as told, and the last way for ever."""
    ways = list(answers)

    class Told(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            (ways.pop(0) if len(ways) > 1 else ways[0])(self)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Told) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield Server(server.server_port, None, None)  # type: ignore[arg-type]
        finally:
            server.shutdown()


def says(text: str, status: int = 200) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Set-Cookie", "parley=next; Path=/")
        request.end_headers()
        request.wfile.write(text.encode())

    return answer


def hangs_up(request: http.server.BaseHTTPRequestHandler) -> None:
    request.close_connection = True


def sender(server: Server, expected: int) -> Sender:
    return Sender(server, "+15551230001", "counter", Judge(expected), "parley=first")


def test_the_right_counts_are_nothing_to_complain_of() -> None:
    judge = Judge(0)
    for count in range(3):
        judge.heard(SID, said(count))
    assert (judge.turns, judge.lost, judge.mixed, judge.anew) == (3, [], [], [])


@pytest.mark.parametrize("count", [4, 6, 100_005])
def test_a_wrong_count_is_mixed(count: int) -> None:
    judge = Judge(5)
    judge.heard(SID, said(count))
    assert judge.mixed == [f"{count} was heard, not 5"]


def test_another_text_without_a_count_is_lost() -> None:
    judge = Judge(5)
    judge.heard(SID, "<Response/>")
    assert len(judge.lost) == 1
    assert count_in("<Response/>") is None


@pytest.mark.parametrize(
    ("log", "why"),
    [
        (f"{LOGGED}expired ms=0.5\n", "expired"),
        (f"{LOGGED}continued ms=0.5\n", "no reason"),
        ("", "no reason"),
    ],
)
def test_a_start_anew_needs_its_reason_in_the_log(log: str, why: str) -> None:
    judge = Judge(5)
    judge.heard(SID, said(0))
    judge.heard(SID, said(1))
    assert why_anew([judge], reasons(log)) == {why: 1}
    assert judge.mixed == []


def test_a_reason_that_the_fault_is_no_cause_of_does_not_hold() -> None:
    with answering(says(said(0))) as server:
        one = sender(server, 5)
        one.texts()
    log = LOGGED.replace(SID, one.judge.anew[0])
    assert judged("a fault", f"{log}expired\n", [one], anew_for={"expired"}).is_proven
    assert not judged("a fault", f"{log}forged\n", [one], anew_for={"expired"}).is_proven
    assert not judged("a fault", "", [one], anew_for={"expired"}).is_proven


def test_a_broken_connection_is_tried_again_with_the_same_text_and_cookie() -> None:
    with answering(hangs_up, hangs_up, says(said(5))) as server:
        one = sender(server, 5)
        one.texts()
    assert (one.judge.turns, one.repeated, one.judge.lost) == (1, 2, [])
    assert one.cookie == "parley=next"


@pytest.mark.parametrize(
    ("way", "why"),
    [(hangs_up, "RemoteDisconnected"), (says("no", status=500), "answered with 500")],
)
def test_a_text_without_an_answer_is_lost(
    way: Callable[[http.server.BaseHTTPRequestHandler], None], why: str
) -> None:
    with answering(way) as server:
        one = sender(server, 5)
        one.texts()
    row = judged("a fault", "", [one])
    assert (row.lost, row.turns, row.is_proven) == (1, 0, False)
    assert why in row.note
    assert one.cookie == "parley=first"


def test_anothers_answer_to_a_fetching_sender_is_mixed() -> None:
    with answering(says("<Message>Hello, +15551240002! Enjoy this doge!</Message>")) as server:
        one = Fetching(server, "+15551240001", "mms-reply", Judge(0))
        one.texts()
    assert judged("a fault", "", [one]).mixed == 1


def test_a_server_that_is_not_answering_again_in_time_does_not_hold() -> None:
    one = sender(Server(0, None, None), 5)  # type: ignore[arg-type]
    one.answered = [(10.0, 10.5), (20.0, 26.0)]
    assert all_answered([one], since=20.0) == 6.0
    assert all_answered([one], since=0.0) == 10.5
    one.judge.turns = 2
    assert not judged("a fault", "", [one], again=6.0).is_proven
    assert judged("a fault", "", [one], again=4.9).is_proven


def test_the_senders_begin_far_apart() -> None:
    senders = counting(Server(0, None, None))  # type: ignore[arg-type]
    starts = sorted(each.judge.expected for each in senders)
    assert len({each.number for each in senders}) == len(senders) >= 50
    assert all(later - earlier >= APART for earlier, later in pairwise(starts))
