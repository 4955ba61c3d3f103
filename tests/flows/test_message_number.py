from tests.twilio import Twilio, play


def test_it_numbers_every_text(twilio: Twilio) -> None:
    play(
        twilio,
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
