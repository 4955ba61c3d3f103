import pytest

from app.conversation import Session
from app.flows.counter import counter
from app.wire.inbound import read
from tests.twilio import Twilio, message, play


def test_it_counts_without_end(twilio: Twilio) -> None:
    play(
        twilio,
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
        assert twilio.hears("counter") == f"Your current count is {count}"


@pytest.mark.parametrize("odd", [-1, 1.0, "1", True, None, [1], {"a": 1}])
def test_a_count_that_is_no_whole_number_starts_anew(odd: object) -> None:
    reply = counter(read(message()), Session({"count": odd}))
    assert reply.messages[0].body == "Hello, thanks for the new message!"
    assert reply.session == {"count": 1}
