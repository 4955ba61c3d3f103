"""The simulated carrier: opt-outs, limits and loops."""

import pytest

from parley.simulator.carrier import GOODBYE, HELPING, WELCOME, Carrier
from parley.simulator.twiml import Delivered
from parley.testing import Clock

ALICE, APP, BOB = "+15551230001", "+15559870002", "+15551230003"


def code(carrier: Carrier, message: Delivered, sender: str = ALICE) -> int | None:
    sent = carrier.carry(message, sender, APP)
    return sent.error.code if sent.error else None


def test_a_message_goes_to_the_sender_or_to_its_to_address(clock: Clock) -> None:
    carrier = Carrier(clock)
    assert carrier.carry(Delivered("hi"), ALICE, APP).to == ALICE
    assert carrier.carry(Delivered("hi", BOB), ALICE, APP).to == BOB


def test_after_an_opt_out_no_message_is_delivered_until_an_opt_in(clock: Clock) -> None:
    carrier = Carrier(clock)
    assert carrier.answers_itself(ALICE, APP, " stop ") == GOODBYE
    assert code(carrier, Delivered("hi")) == 21610
    assert code(carrier, Delivered("hi", ALICE), sender=BOB) == 21610
    assert code(carrier, Delivered("hi"), sender=BOB) is None
    assert carrier.answers_itself(ALICE, APP, "help") == HELPING
    assert carrier.answers_itself(ALICE, APP, "START") == WELCOME
    assert carrier.answers_itself(ALICE, APP, "yes") is None, "yes is not a keyword after an opt-in"
    assert code(carrier, Delivered("hi")) is None


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (Delivered("x" * 1_600), None),
        (Delivered("x" * 1_601), 21617),
        (Delivered("😀" * 800), None),
        (Delivered("😀" * 801), 21617),
        (Delivered("", None, ("https://a.b",) * 10), None),
        (Delivered("", None, ("https://a.b",) * 11), 21623),
        (Delivered("hi", APP), 14107),
    ],
)
def test_limits(clock: Clock, message: Delivered, expected: int | None) -> None:
    assert code(Carrier(clock), message) == expected


@pytest.mark.parametrize(("pause", "expected"), [(29.9, 14107), (30.0, None)])
def test_the_31st_reply_in_a_row_is_a_loop(
    clock: Clock, pause: float, expected: int | None
) -> None:
    carrier = Carrier(clock)
    for _ in range(30):
        assert code(carrier, Delivered("hi")) is None
        clock.later(pause)
    assert code(carrier, Delivered("hi")) == expected
    assert code(carrier, Delivered("hi"), sender=BOB) is None


@pytest.mark.parametrize(
    ("text", "answer"),
    [("Stop.", GOODBYE), (" CANCEL . ", GOODBYE), ("Stop!", None), ("help.", None)],
)
def test_stop_with_a_full_stop_is_stop(clock: Clock, text: str, answer: str | None) -> None:
    assert Carrier(clock).answers_itself(ALICE, APP, text) == answer
