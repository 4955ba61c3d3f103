"""Scripts that text others, look numbers up and save pictures, once each."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from parley.services import twilio_services
from parley.services.twilio_api import TwilioApi
from parley.testing import Sms
from tests.rest.stand_in import API, NUMBER, StandIn, error
from tests.services.test_inbound_media import SID, URL

REPORT = '''
from parley import ServiceError, TwilioRejected, call, picture, script

OWNER = "+15551230009"


@script
def report(*, message, fetch_media, delete_media, look_up, send_text):
    """Take the picture of a pothole, and tell the owner."""
    url = yield from picture("A picture, please.")
    try:
        path = yield call(fetch_media, url)
    except ServiceError:
        return "That picture did not arrive. Please send it again."
    yield call(delete_media, url)
    line = yield call(look_up, "+14159929960", "line_type")
    where = yield "Where is it?"
    try:
        yield call(send_text, OWNER, f"{line['line_type']}: {where}", message.to)
    except TwilioRejected as rejected:
        code = rejected.code
    else:
        code = 0
    sure = yield "Anything else?"
    return f"{path.rpartition('/')[2]} {code}"
'''


@pytest.fixture
def report(
    sms: Sms, guest_flow: Callable[[str, str], None], api: TwilioApi, tmp_path: Path
) -> Callable[..., Sms]:
    guest_flow("report", REPORT)

    def make(**settings: str) -> Sms:
        services: dict[str, Any] = twilio_services(api, str(tmp_path))
        return sms(to=NUMBER, services=services, settings=settings)

    return make


@pytest.fixture(autouse=True)
def _with_a_picture(stand_in: StandIn) -> None:
    stand_in.media[SID] = ("image/jpeg", b"jpeg")


@pytest.mark.parametrize(
    "settings", [{}, {"METRICS_TOKEN": "a token of at least 32 characters" * 2}]
)
def test_each_call_is_made_once_in_a_conversation(
    report: Callable[..., Sms], stand_in: StandIn, tmp_path: Path, settings: dict[str, str]
) -> None:
    phone = report(**{name: value.replace(" ", "-") for name, value in settings.items()})
    phone.text("report", "hi")
    assert phone.text("report", "", [URL]) == "Where is it?"
    assert phone.text("report", "At the door") == "Anything else?"
    phone.deliver_again()
    assert phone.text("report", "no") == f"{SID}.jpg 0"
    assert stand_in.media == {}
    assert (tmp_path / f"{SID}.jpg").read_bytes() == b"jpeg"
    assert [each["Body"] for each in stand_in.posted(f"{API}/Messages.json")] == [
        "mobile: At the door"
    ]
    assert [each.method for each in stand_in.asked] == ["GET", "GET", "DELETE", "GET", "POST"]


@pytest.mark.threat("S35")
def test_a_delivery_with_an_old_cookie_sends_nothing_again(
    report: Callable[..., Sms], stand_in: StandIn
) -> None:
    phone = report()
    phone.text("report", "hi")
    phone.text("report", "", [URL])
    sid = "SM" + "7" * 32
    phone.text("report", "At the door", MessageSid=sid)
    phone.restore_cookie()
    assert phone.text("report", "At the door", MessageSid=sid) == "Anything else?"
    assert len(stand_in.posted(f"{API}/Messages.json")) == 1


def test_the_code_of_an_error_is_available_in_later_turns(
    report: Callable[..., Sms], stand_in: StandIn
) -> None:
    stand_in.refused["+15551230009"] = error(
        400, 21610, "Attempt to send to unsubscribed recipient"
    )
    phone = report()
    phone.text("report", "hi")
    phone.text("report", "", [URL])
    assert phone.text("report", "At the door") == "Anything else?"
    assert phone.text("report", "no") == f"{SID}.jpg 21610"


def test_a_picture_at_another_host_is_not_fetched(
    report: Callable[..., Sms], stand_in: StandIn
) -> None:
    phone = report()
    phone.text("report", "hi")
    url = "https://example.com/cat.jpg"
    assert phone.text("report", "", [url]).startswith("That picture did not arrive")
    assert stand_in.asked == []
