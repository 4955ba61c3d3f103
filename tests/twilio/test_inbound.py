"""The kinds of messages that Twilio sends."""

import pytest

from parley.conversation import Media
from parley.refusals import MalformedMessage, StatusCallback
from parley.twilio.inbound import read
from tests.webhook import message

PICTURES = {"MediaUrl0": "https://a.b/0", "MediaContentType0": "image/png"}


@pytest.mark.parametrize(
    "address",
    ["+15551230001", "12345", "Acme", "whatsapp:+15551230001", "messenger:1", "rcs:acme_agent"],
)
def test_every_kind_of_address_is_kept_unchanged(address: str) -> None:
    said = read(message(from_=address, to=address))
    assert (said.from_, said.to) == (address, address)


def test_unknown_parameters_are_kept_and_cannot_be_changed() -> None:
    said = read(message("hi", ProfileName="Zoë 😀", Whatever=""))
    assert said.parameters["ProfileName"] == "Zoë 😀"
    assert said.parameters["Whatever"] == ""
    with pytest.raises(TypeError):
        said.parameters["Whatever"] = "x"  # type: ignore[index]


def test_a_picture_alone_is_a_message() -> None:
    form = message("", NumMedia="1", **PICTURES)
    assert read(form).media == (Media("https://a.b/0", "image/png"),)
    del form["Body"]
    assert read(form).body == ""


@pytest.mark.parametrize("count", ["0", "1", "5", "-1", "many", ""])
def test_media_are_found_regardless_of_their_declared_number(count: str) -> None:
    gap = {"MediaUrl3": "https://a.b/3", "MediaUrl10": "https://a.b/10", "MediaUrl4": ""}
    said = read(message(NumMedia=count, **PICTURES, **gap))
    assert said.media == (Media("https://a.b/0", "image/png"), Media("https://a.b/3"))


def test_a_message_must_have_addresses_and_a_sid() -> None:
    with pytest.raises(MalformedMessage, match="From, MessageSid missing or empty"):
        read({"To": "+1", "From": ""})


@pytest.mark.parametrize(
    "report",
    [
        {"MessageStatus": "delivered", "SmsStatus": "delivered"},
        {"MessageStatus": "undelivered", "ErrorCode": "30003"},
        {"MessageStatus": "read", "EventType": "READ"},
        {"SmsStatus": "sent"},
        {"SmsStatus": "failed", "Body": ""},
    ],
)
def test_a_delivery_report_is_not_a_message(report: dict[str, str]) -> None:
    ids = {"MessageSid": "SM1", "From": "+15559870002", "To": "+15551230001"}
    with pytest.raises(StatusCallback, match="use another URL"):
        read({**ids, **report})


@pytest.mark.parametrize(
    "more",
    [
        {"SmsStatus": "received", "Body": ""},
        {"SmsStatus": "received", "NumMedia": "1", "MediaUrl0": "https://a.example/1"},
        {"SmsStatus": "receiving", "Body": "hi"},
        {"Body": ""},
    ],
)
def test_a_message_is_not_a_delivery_report(more: dict[str, str]) -> None:
    ids = {"MessageSid": "SM1", "From": "+15551230001", "To": "+15559870002"}
    assert read({**ids, **more}).sid == "SM1"
