from tests.twilio import Twilio, longest_path, play


def test_it_asks_for_a_name_and_a_colour(twilio: Twilio) -> None:
    play(
        twilio,
        "sign-up",
        """
        > hi
        < What is your name?
        > Alice
        < Hello Alice. What is your favourite colour?
        > GREEN
        < Thank you, Alice. Green it is.
        > hi
        < What is your name?
        """,
    )


def test_a_wrong_answer_is_taken_back(twilio: Twilio) -> None:
    play(
        twilio,
        "sign-up",
        """
        > back
        < What is your name?
        > Alicia
        < Hello Alicia. What is your favourite colour?
        > Back.
        < What is your name?
        > Alice
        < Hello Alice. What is your favourite colour?
        > restart
        < What is your name?
        > EXIT
        < Goodbye.
        """,
    )
    assert twilio.cookie == ""


def test_its_longest_path_fits_the_cookie(twilio: Twilio) -> None:
    assert longest_path(twilio, "sign-up", "hi", "x" * 1_600, "y" * 1_600) < 4_096
