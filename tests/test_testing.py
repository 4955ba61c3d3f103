"""The fixture `sms`: its methods, and the failures that it reports."""

import traceback
from collections.abc import Callable

import pytest
from flask import Flask

from parley import Parley, Settings
from parley.simulator.delivery import Webhook
from parley.simulator.transcript import turns
from parley.testing import AUTH_TOKEN, PUBLIC_URL, SETTINGS, Sms

GREETING = "Hello, thanks for the new message!"
BOB = "+15551230002"


def count(number: int) -> str:
    return f"Your current count is {number}"


def test_a_transcript_is_played(sms: Sms) -> None:
    sms.play(
        "counter",
        """
        > hi
        < Hello, thanks for the new message!

        > two\\nlines 😀
        < Your current count is 1
        """,
    )
    assert sms.text("counter") == count(2)


def test_the_first_difference_is_shown_as_a_diff_of_the_whole_transcript(sms: Sms) -> None:
    with pytest.raises(AssertionError) as caught:
        sms.play(
            "counter",
            """
            > hi
            < Hello, thanks for the new message!
            > again
            < Your current count is 2
            < Goodbye.
            > this is not sent
            < Your current count is 3
            """,
        )
    assert str(caught.value).splitlines() == [
        "counter answers differently.",
        "  > hi",
        "  < Hello, thanks for the new message!",
        "  > again",
        "- < Your current count is 2",
        "?                         ^",
        "+ < Your current count is 1",
        "?                         ^",
        "- < Goodbye.",
        "(- expected, + answered)",
    ]
    assert sms.text("counter") == count(2), "the conversation went on after the difference"


@pytest.mark.parametrize("flow", ["unknown", "/nowhere"])
def test_an_error_of_the_server_is_part_of_the_diff(sms: Sms, flow: str) -> None:
    with pytest.raises(AssertionError) as caught:
        sms.play(flow, "> hi\n< Hello!")
    assert "\n- < Hello!\n" in str(caught.value)
    assert "\n+ ! There is no such flow here: set the webhook to one of /sms/:" in str(caught.value)
    with pytest.raises(AssertionError, match="The text is not answered:\n! There is no such flow"):
        sms.text(flow)
    response = sms.deliver(flow).response
    assert response is not None
    assert response.status == 404


def test_a_lost_cookie_restarts_the_conversation(sms: Sms) -> None:
    assert sms.text("counter") == GREETING
    sms.lose_cookie()
    assert sms.text("counter") == GREETING


def test_the_cookie_from_before_the_last_text_goes_back_one_step(sms: Sms) -> None:
    for _ in range(3):
        sms.text("counter")
    sms.restore_cookie()
    assert sms.text("counter") == count(2)


def test_a_text_delivered_twice_gets_the_same_answer(sms: Sms) -> None:
    with pytest.raises(AssertionError, match="Send a text before"):
        sms.deliver_again()
    sms.text("counter")
    assert sms.text("counter") == sms.deliver_again() == count(1)
    assert sms.text("counter") == count(2)


def test_four_hours_later_everything_is_forgotten(sms: Sms) -> None:
    sms.text("counter")
    sms.later(hours=3, minutes=59, seconds=59)
    assert sms.text("counter") == count(1)
    sms.later(hours=4)
    assert sms.text("counter") == GREETING
    assert sms.cookie.startswith("parley=")


def test_each_phone_has_its_own_cookies(sms: Sms) -> None:
    bob = sms(from_=BOB)
    sms.text("counter")
    assert bob.text("counter") == GREETING
    assert sms.text("counter") == count(1)
    assert sms(to="+15559870003").text("counter") == GREETING
    assert sms(from_=BOB).text("counter") == count(1), "not the same phone as bob"


def test_pictures_and_parameters_are_sent(sms: Sms, guest_flow: Callable[[str, str], None]) -> None:
    guest_flow(
        "lunch",
        """
from parley.conversation import Reply

def lunch(message, session):
    urls = [each.url for each in message.media]
    return Reply(message.parameters.get("ProfileName", "stranger"), message.body, *urls)
""",
    )
    pictures = ["https://a.b/1.jpg", "https://a.b/2.jpg"]
    said = sms.text("lunch", "look", pictures, ProfileName="Ann").splitlines()
    assert said == ["Ann", "look", *pictures]
    sms.play(
        "lunch",
        """
        > look [https://a.b/1.jpg] [https://a.b/2.jpg]
        < Bea
        < look
        < https://a.b/1.jpg
        < https://a.b/2.jpg
        > [https://a.b/1.jpg]
        < stranger
        < https://a.b/1.jpg
        """,
        ProfileName="Bea",
    )


def test_a_tapback_to_the_last_message_is_sent(sms: Sms) -> None:
    sms.text("appointment", "hi")
    waiting = sms.cookie
    for reaction in ("Liked", "Laughed at"):
        delivery = sms.react("appointment", reaction)
        assert delivery.parameters["Body"].startswith(f"{reaction} “")
        assert (delivery.messages, delivery.errors) == ([], [])
    assert sms.cookie != waiting
    assert sms(from_=BOB).react("counter").parameters["Body"] == "Liked “Hello”"


def test_an_address_selects_another_channel(
    sms: Sms, guest_flow: Callable[[str, str], None]
) -> None:
    guest_flow(
        "lunch",
        """
from parley.conversation import Reply

def lunch(message, session):
    return Reply(f"{message.from_} tapped {message.parameters.get('ButtonPayload')}")
""",
    )
    whatsapp = sms(from_="whatsapp:+15551230001", to="whatsapp:+15559870002")
    assert whatsapp.text("lunch", ButtonPayload="cake") == "whatsapp:+15551230001 tapped cake"


def test_services_and_settings_are_replaced_by_name(sms: Sms) -> None:
    asked: list[str] = []

    class FakeHttp:
        def get_json(self, url: str) -> dict[str, str]:
            asked.append(url)
            return {"message": "https://a.b/dog.jpg"}

    source = "https://source.example.com/"
    faked = sms(services={"http": FakeHttp()}, settings={"MMS_SOURCE_URL": source})
    assert faked.text("mms-reply").endswith("\n[https://a.b/dog.jpg]")
    assert faked(from_=BOB).text("mms-reply").startswith(f"Hello, {BOB}!")
    assert asked == [source, source]


def test_tapbacks_and_other_channels_are_texts_like_any_other(sms: Sms) -> None:
    asked = sms.text("sign-up")
    assert sms.text("sign-up", f"Liked “{asked}”") == "", "a tapback gets no reply"
    assert sms.text("sign-up", "Alice").startswith("Hello Alice.")
    whatsapp = sms(from_="whatsapp:+15551230001", to="whatsapp:+15559870002")
    assert whatsapp.text("sign-up") == asked, "not a separate conversation"
    assert whatsapp.text("sign-up", "Bob", ProfileName="Bob").startswith("Hello Bob.")
    assert sms(from_="72345").text("counter") == GREETING


FAILS = """
from parley import Script, script

@script
def lunch() -> Script:
    dish = yield "Which?"
    return PRICES[dish]

PRICES = {"soup": "9"}
"""


def test_a_flow_that_fails_is_a_line_of_the_diff_and_the_cause_of_the_failure(
    sms: Sms, guest_flow: Callable[[str, str], None], caplog: pytest.LogCaptureFixture
) -> None:
    guest_flow("lunch", FAILS)
    with pytest.raises(AssertionError) as caught:
        sms.play("lunch", "> hi\n< Which?\n> cake\n< 9")
    head, *lines = str(caught.value).splitlines()
    assert head == "lunch answers differently."
    assert lines[:4] == ["  > hi", "  < Which?", "  > cake", "- < 9"]
    assert lines[4].startswith("+ ! ")
    assert lines[4].endswith("/lunch.py, line 7: the script lunch raised KeyError: 'cake'")
    failed = caught.value.__cause__
    assert failed is not None
    assert isinstance(failed.__cause__, KeyError)
    (frame,) = traceback.extract_tb(failed.__cause__.__traceback__)
    assert (frame.line, frame.name) == ("return PRICES[dish]", "lunch"), (
        "not only the author's frames"
    )
    (line,) = [each for each in caplog.messages if each.startswith("failed ")]
    assert "text=cake" in line
    assert line.endswith("KeyError: 'cake'")
    sms.play("lunch", "> soup\n< 9")


def test_the_longest_path_is_the_size_of_the_largest_cookie(sms: Sms) -> None:
    short = sms.longest_path("sign-up", "hi", "x")
    assert sms.longest_path("sign-up", "restart", "x" * 31) == short + 40, (
        "30 bytes are 40 in base64"
    )
    with pytest.raises(AssertionError, match="not answered"):
        sms.longest_path("unknown", "hi")


def test_a_long_conversation_is_not_detected_as_a_loop(sms: Sms) -> None:
    for _ in range(40):
        sms.text("counter")
    assert sms.text("counter") == count(40)


def test_the_simulated_twilio_is_available_for_everything_else(sms: Sms) -> None:
    webhook = Webhook(f"{PUBLIC_URL}/sms/counter", AUTH_TOKEN, method="GET")
    delivery = sms.twilio.text(webhook, sms.from_, sms.to, "hi")
    assert [each.body for each in delivery.messages] == [GREETING]
    assert sms.text("counter") == count(1)


@pytest.mark.parametrize("line", ["< Hello!", "hello", "hi\n> hi"])
def test_a_transcript_starts_with_a_text(line: str) -> None:
    with pytest.raises(ValueError, match='Line 1 of the transcript must start with "> "'):
        turns(line)


@pytest.mark.parametrize("empty", ["", " \n "])
def test_an_empty_transcript_is_an_error(sms: Sms, empty: str) -> None:
    with pytest.raises(ValueError, match="The transcript is empty"):
        sms.play("counter", empty)


class TestAnApplicationOfTheProject:
    @pytest.fixture
    def app(self) -> Flask:
        host = Flask("host")
        Parley(settings=Settings.load(SETTINGS)).init_app(host, url_prefix="/texts")
        return host

    def test_the_fixture_app_is_used(self, sms: Sms, app: Flask) -> None:
        sms.play("/texts/counter", f"> hi\n< {GREETING}\n> hi\n< {count(1)}")
        assert sms.deliver("counter").errors, "the host has no route /sms/"
        assert "parley" in app.extensions


class TestAnotherFixtureOfThatName:
    @pytest.fixture
    def app(self) -> Flask:
        return Flask("elsewhere")

    def test_a_fixture_app_of_another_kind_is_ignored(self, sms: Sms, app: Flask) -> None:
        sms.play("counter", f"> hi\n< {GREETING}")
        assert not app.extensions
