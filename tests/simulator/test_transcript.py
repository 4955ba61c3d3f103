"""The transcript format: events, parameters and errors between the texts."""

import pytest

from parley.simulator.transcript import Event, later, read_event, read_text, turns
from parley.testing import Sms

GREETING, ONE = "Hello, thanks for the new message!", "Your current count is 1"


def test_between_texts_time_passes_and_cookies_are_lost(sms: Sms) -> None:
    sms.play(
        "counter",
        f"""
        * it is 2026-11-29 07:34:30
        > hi
        < {GREETING}
        > hi
        < {ONE}
        * delivered again
        < {ONE}
        * cookie before
        > hi
        < {ONE}
        * 3 hours 59 minutes 59 seconds later
        > hi
        < Your current count is 2
        * 4 hours later
        > hi
        < {GREETING}
        * cookie lost
        > hi
        < {GREETING}
        * 1 second later
        """,
    )
    assert sms.clock.now == 1_795_937_670 + 8 * 3_600


def test_a_parameter_of_the_next_text_is_sent(sms: Sms) -> None:
    sms.play(
        "counter", f"* OptOutType=STOP\n> Enough\n* cookie lost\n> hi\n< {GREETING}\n! {REFUSED}"
    )


LOST = (
    "11200 the webhook returned an error (it took more than 15 seconds): look for its line in the "
    "server's log"
)
DOWN = (
    "11205 the webhook could not be reached (the connection is refused): start the server, or "
    "correct the URL"
)
REFUSED = "21610 the recipient has opted out: do not answer STOP; START opts in again"


def test_a_lost_reply_was_processed_but_a_stopped_server_did_nothing(sms: Sms) -> None:
    sms.play(
        "counter",
        f"""
        > hi
        < {GREETING}
        * answer lost
        > hi
        ! {LOST}
        * server down
        > hi
        ! {DOWN}
        > hi
        < {ONE}
        """,
    )
    assert len(sms.twilio.deliveries[(sms.from_, sms.to)][1].attempts) == 1
    assert len(sms.twilio.deliveries[(sms.from_, sms.to)][2].attempts) == 2, "Twilio connects twice"


@pytest.mark.parametrize(
    ("line", "event"),
    [
        ("* 4 hours later", Event(seconds_later=14_400)),
        ("*1 hour 1 minute 1 second later", Event(seconds_later=3_661)),
        ("* cookie lost", Event("cookie lost")),
        ("* it is 1970-01-01 00:01:00", Event(at=60)),
        ("* ButtonText=a=b", Event(parameter=("ButtonText", "a=b"))),
        (r'* Body=" \u2028"', Event(parameter=("Body", " \u2028"))),
    ],
)
def test_an_event_is_read(line: str, event: Event) -> None:
    assert read_event(line) == event


@pytest.mark.parametrize(
    "line", ["* later", "* ", "* cookie", "* 4 days later", "* body=x", "* 4 hourslater"]
)
def test_an_unknown_event_is_an_error(sms: Sms, line: str) -> None:
    with pytest.raises(ValueError, match="is not an event: write cookie lost"):
        sms.play("counter", f"{line}\n> hi\n< Hello!")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second later"),
        (14_400, "4 hours later"),
        (90_061, "25 hours 1 minute 1 second later"),
    ],
)
def test_times_are_written_in_the_format_that_is_read(seconds: int, words: str) -> None:
    assert later(seconds) == words
    assert read_event(f"* {words}").seconds_later == seconds


def test_a_line_may_have_pictures_and_line_breaks() -> None:
    body, urls = read_text(r"> a\nb [https://a.b/1.jpg] [http://a.b/2.png]")
    assert (body, urls) == ("a\nb", ["https://a.b/1.jpg", "http://a.b/2.png"])


def test_events_belong_to_the_text_that_follows() -> None:
    found = turns("* cookie lost\n> a\n< b\n* 1 hour later\n* delivered again\n! c\n* cookie lost")
    assert found == [
        ["* cookie lost", "> a", "< b"],
        ["* 1 hour later", "* delivered again", "! c"],
        ["* cookie lost"],
    ]


@pytest.mark.parametrize("wrong", ["* cookie lost\n< b", "! c", "hi"])
def test_a_reply_must_follow_a_text(wrong: str) -> None:
    with pytest.raises(ValueError, match="of the transcript must start with"):
        turns(wrong)
