from flows.brief_counter import brief_counter
from parley.testing import Sms


def test_it_counts_like_the_counter(sms: Sms) -> None:
    sms.play(
        "brief-counter",
        """
        > hi
        < Hello, thanks for the new message!
        > hi
        < Your current count is 1
        > hi
        < Your current count is 2
        """,
    )


def test_its_conversation_expires_after_half_an_hour() -> None:
    assert brief_counter.lifetime == 1_800
