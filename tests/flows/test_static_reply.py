from tests.twilio import Twilio, play


def test_it_greets_the_world_and_remembers_nothing(twilio: Twilio) -> None:
    play(twilio, "static-reply", "> hi\n< Hello, World!\n> bye\n< Hello, World!")
    assert twilio.cookie == ""
