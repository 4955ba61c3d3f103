from parley.testing import Sms


def test_it_numbers_every_text(sms: Sms) -> None:
    sms.play(
        "message-number",
        """
        > hi
        < Hello, thanks for the new message.
        > hi
        < Hello, thanks for message number 2
        > hi
        < Hello, thanks for message number 3
        """,
    )
