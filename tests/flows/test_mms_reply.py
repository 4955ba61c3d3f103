"""The picture comes from a real server in the test."""

import pytest

from parley.testing import SENDER, Sms
from tests.services.upstream import PICTURE, said, sends, source

SORRY = f"Hello, {SENDER}! No doge today, please try again later."


def test_it_sends_the_picture(sms: Sms) -> None:
    with source(sends(said(PICTURE))) as (url, asked):
        sms = sms(settings={"MMS_SOURCE_URL": url})
        sms.play(
            "mms-reply",
            f"""
            > hi
            < Hello, {SENDER}! Enjoy this doge!
            < [https://images.example.com/doge.jpg]
            """,
        )
    assert len(asked) == 1
    assert sms.cookie == ""


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"[]",
        b'"https://a.b/c"',
        b"{}",
        b'{"message": null}',
        b'{"message": ["https://a.b/c"]}',
        b'{"message": ""}',
        b'{"message": "http://a.b/c"}',
        b'{"message": "https://"}',
        b'{"message": "https:// a.b"}',
        b'{"message": "javascript:alert(1)"}',
        b'{"message": "https://a.b/\\n<Media>"}',
    ],
)
def test_a_source_without_a_picture_gets_an_apology(
    sms: Sms, caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    with source(sends(said(body))) as (url, _):
        assert sms(settings={"MMS_SOURCE_URL": url}).text("mms-reply") == SORRY
    line = caplog.records[-1].getMessage()
    assert "no picture: the source's response has no https URL in `message`" in line


def test_a_failing_source_gets_an_apology_and_a_log_line(
    sms: Sms, caplog: pytest.LogCaptureFixture
) -> None:
    with source(sends(said(b"", "302 Found", "Location: http://127.0.0.1:1/"))) as (url, _):
        assert sms(settings={"MMS_SOURCE_URL": url}).text("mms-reply") == SORRY
    assert (
        'note="no picture: the server redirects to another origin"'
        in caplog.records[-1].getMessage()
    )
    assert caplog.records[-1].levelname == "WARNING"
