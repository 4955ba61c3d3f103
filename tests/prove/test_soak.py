"""What the soak says where something grows."""

from prove.faults.judging import Judge
from prove.faults.senders import Sender
from prove.soak import MIB, SHORT, Sample, of_latency, of_workers
from tests.server.running import Server

SECONDS = range(SHORT.whole)


def worker(pid: int, *, grows_by: float = 0, loses: int = 0) -> list[Sample]:
    """A sample each second of one that grows by so many bytes, and loses so many files, in all."""
    return [
        Sample(second, pid, 50 * MIB + round(grows_by * second / SHORT.whole), 10 + files)
        for second in SECONDS
        for files in [loses * second // SHORT.whole + second % 3]
    ]


def sender(first: float, last: float) -> Sender:
    """One whose answers take so long in the first half, and so long in the last."""
    one = Sender(Server(0, None, None), "+15551230001", "counter", Judge(0))  # type: ignore[arg-type]
    half = SHORT.whole / 2
    one.answered = [(each, each + (first if each < half else last)) for each in SECONDS]
    return one


def wrong(told: list[str]) -> list[str]:
    return [each for each in told if each.startswith("NOT ")]


def test_two_that_stay_as_they_are_are_flat() -> None:
    told = of_workers([*worker(1), *worker(2, grows_by=1.2 * MIB)], 0, SHORT)
    assert (len(told), wrong(told)) == (4, [])


def test_a_worker_that_grows_is_not_flat() -> None:
    told = wrong(of_workers([*worker(1), *worker(2, grows_by=2 * MIB)], 0, SHORT))
    assert told == ["NOT flat: worker 2 had 50.23 MiB, then 51.73"]


def test_a_file_that_stays_open_is_told() -> None:
    told = wrong(of_workers([*worker(1, loses=4), *worker(2)], 0, SHORT))
    assert told == ["NOT as many files: 10, 13"]


def test_another_worker_in_place_of_one_is_no_proof() -> None:
    changed = [each for each in worker(2) if each.at < 30]
    assert wrong(of_workers([*worker(1), *changed], 0, SHORT))


def test_answers_that_take_longer_are_told() -> None:
    assert not wrong(of_latency([sender(0.010, 0.012)], 0, SHORT))
    assert wrong(of_latency([sender(0.010, 0.014)], 0, SHORT))
