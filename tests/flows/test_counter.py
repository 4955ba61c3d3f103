import pytest

from flows.counter import counter
from parley.conversation import Session
from parley.testing import Sms
from parley.twilio.inbound import read
from tests.webhook import message


def test_it_counts_without_a_limit(sms: Sms) -> None:
    sms.play(
        "counter",
        """
        > hi
        < Hello, thanks for the new message!
        > hi
        < Your current count is 1
        > and again
        < Your current count is 2
        """,
    )
    for count in range(3, 60):
        assert sms.text("counter") == f"Your current count is {count}"


@pytest.mark.parametrize("odd", [-1, 1.0, "1", True, None, [1], {"a": 1}])
def test_an_invalid_count_starts_again(odd: object) -> None:
    reply = counter(read(message()), Session({"count": odd}))
    assert reply.messages[0].body == "Hello, thanks for the new message!"
    assert reply.session == {"count": 1}
