from parley.testing import Sms


def test_it_asks_for_a_name_and_a_colour(sms: Sms) -> None:
    sms.play(
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


def test_an_answer_can_be_taken_back(sms: Sms) -> None:
    sms.play(
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
    assert sms.cookie == ""


def test_its_longest_path_fits_the_cookie(sms: Sms) -> None:
    assert sms.longest_path("sign-up", "hi", "😀" * 160, "😀" * 160) < 4_096


def test_an_invalid_name_is_not_accepted(sms: Sms) -> None:
    ask = "What is your name?"
    assert sms.text("sign-up", "hi") == ask
    assert sms.text("sign-up", "Liked “What is your name?”") == ""
    assert sms.text("sign-up", "\u200b") == f"Sorry, your message was empty.\n{ask}"
    assert sms.text("sign-up", "😀" * 741).startswith("Sorry, that is too long.")
    assert sms.text("sign-up", "", ["https://a.b/1"]) == (
        f"Sorry, I can't read pictures here.\n{ask}"
    )
    assert sms.text("sign-up", "thanks!") == ask
    assert sms.text("sign-up", "Alice").startswith("Hello Alice.")
    assert sms.text("sign-up", "no wait, Bob").startswith("Hello Bob.")
