from parley.testing import Sms


def test_it_greets_the_world_and_remembers_nothing(sms: Sms) -> None:
    sms.play("static-reply", "> hi\n< Hello, World!\n> bye\n< Hello, World!")
    assert sms.cookie == ""
