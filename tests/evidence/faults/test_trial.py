"""The faults that the senders and the trial must notice."""

from collections.abc import Callable, Iterator
from http.client import RemoteDisconnected
from itertools import pairwise
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.evidence.faults.trial import APART, Fetching, add_row, counting, reasons, recovered
from tests.server.senders import Sender, count_in
from tests.webhook import response

LOGGED = "2026-11-21T08:00:00Z INFO turn status=200 flow=counter sid={} from=+1555…01 memory={}"
SID = f"SM{7:032x}"


def counts(count: int, status: int = 200) -> TestResponse:
    text = f"Your current count is {count}" if count else "Hello, thanks for the new message!"
    document = f"<Response><Message>{text}</Message></Response>"
    return response(status, [("Set-Cookie", "parley=next; Path=/")], document.encode())


BREAKS = RemoteDisconnected("")


def sender(expected: int, *answers: TestResponse | Exception) -> Sender:
    """Return a sender whose texts get these responses in turn."""
    ways: Iterator[Any] = iter(answers)

    def send(_: object) -> TestResponse:
        answer = next(ways)
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, TestResponse)
        return answer

    return Sender("+15551230001", send, expected=expected, tries=3, cookie="parley=first")


@pytest.fixture
def rows() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def record(rows: list[dict[str, Any]]) -> Callable[..., None]:
    def add(what: str, **row: Any) -> None:
        rows.append({"what": what, **row})

    return add


def test_correct_counts_are_accepted() -> None:
    one = sender(0, *(counts(each) for each in range(3)))
    for _ in range(3):
        one.text()
    assert (one.turns, one.lost, one.mixed, one.restarted) == (3, [], [], [])


@pytest.mark.parametrize("count", [4, 6, 100_005])
def test_a_wrong_count_is_reported_as_mixed_up(count: int) -> None:
    one = sender(5, counts(count))
    one.text()
    assert one.mixed == [f"{count} instead of 5"]


def test_a_response_without_a_count_is_reported_as_lost() -> None:
    one = sender(5, response(200, [], b"<Response/>"))
    one.text()
    assert one.lost == ["an answer without a count"]
    assert count_in("<Response/>") is None


@pytest.mark.parametrize(("memory", "why"), [("expired", "expired"), ("continued", "no reason")])
def test_a_conversation_starts_over_for_the_reason_in_the_log(memory: str, why: str) -> None:
    one = sender(5)
    one.check(SID, counts(0))
    one.check(SID, counts(1))
    assert reasons([one], LOGGED.format(SID, memory)) == {why: 1}
    assert reasons([one], "") == {"no reason": 1}
    assert one.mixed == []


def test_only_the_expected_reasons_are_accepted(record: Callable[..., None]) -> None:
    one = sender(5, counts(0))
    one.text()
    log = LOGGED.format(one.restarted[0], "expired")
    add_row("a fault", record, [one], log, restarts_for={"expired"})
    for wrong in (log.replace("expired", "forged"), ""):
        with pytest.raises(AssertionError, match="start over"):
            add_row("a fault", record, [one], wrong, restarts_for={"expired"})


def test_a_text_whose_connection_breaks_is_sent_again_with_its_cookie() -> None:
    one = sender(5, BREAKS, BREAKS, counts(5))
    one.text()
    assert (one.turns, one.repeated, one.lost) == (1, 2, [])
    assert one.cookie == "parley=next"


@pytest.mark.parametrize(
    ("answers", "why"),
    [((BREAKS,) * 3, "RemoteDisconnected"), ((counts(5, 500),), "status 500")],
)
def test_a_text_without_a_response_is_reported_as_lost(
    answers: tuple[Any, ...], why: str, record: Callable[..., None], rows: list[dict[str, Any]]
) -> None:
    one = sender(5, *answers)
    one.text()
    add_row("a fault", record, [one])
    assert (rows[0]["lost"], rows[0]["turns"]) == (1, 0)
    assert why in rows[0]["note"]
    assert one.cookie == "parley=first"


def test_a_response_with_another_number_is_reported_as_mixed_up() -> None:
    answer = response(200, [], b"<Message>Hello, +15551240002! Enjoy this doge!</Message>")
    one = Fetching("+15551240001", lambda _: answer, "mms-reply")
    one.text()
    assert one.mixed == ["the number of another sender"]


def test_a_server_that_does_not_recover_in_time_fails(
    record: Callable[..., None],
) -> None:
    one = sender(5)
    one.answered = [(10.0, 10.5), (20.0, 26.0)]
    assert recovered([one], since=20.0) == 6.0
    assert recovered([one], since=0.0) == 10.5
    add_row("a fault", record, [one], again=4.9)
    with pytest.raises(AssertionError):
        add_row("a fault", record, [one], again=6.0)


def test_the_senders_start_far_apart() -> None:
    senders = counting(lambda _: counts(0))
    starts = sorted(each.expected for each in senders)
    assert len({each.number for each in senders}) == len(senders) >= 50
    assert all(later - earlier >= APART for earlier, later in pairwise(starts))
