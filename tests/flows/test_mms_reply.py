"""The dog, from a real server of the test's own."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.outside.source import PICTURE, said, sends, source
from tests.twilio import ALICE, Twilio

SORRY = f"Hello, {ALICE}! No doge today, please try again later."


def texting(make_app: Callable[..., Flask], url: str) -> Twilio:
    return Twilio(make_app(MMS_SOURCE_URL=url).test_client(use_cookies=False))


def test_it_sends_the_picture(make_app: Callable[..., Flask]) -> None:
    with source(sends(said(PICTURE))) as (url, asked):
        response = texting(make_app, url).text("mms-reply")
    assert response.data.decode().endswith(
        f"<Response><Message><Body>Hello, {ALICE}! Enjoy this doge!</Body>"
        "<Media>https://images.example.com/doge.jpg</Media></Message></Response>"
    )
    assert len(asked) == 1
    assert "Set-Cookie" not in response.headers


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
def test_a_source_that_names_no_picture_is_excused(
    make_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    with source(sends(said(body))) as (url, _):
        assert texting(make_app, url).hears("mms-reply") == SORRY
    line = caplog.records[-1].getMessage()
    assert 'note="no picture: the source names no https URL in its message"' in line


def test_a_source_that_fails_is_excused_and_the_log_says_why(
    make_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture
) -> None:
    with source(sends(said(b"", "302 Found", "Location: http://127.0.0.1:1/"))) as (url, _):
        assert texting(make_app, url).hears("mms-reply") == SORRY
    assert (
        'note="no picture: the source redirects to another origin"'
        in caplog.records[-1].getMessage()
    )
    assert caplog.records[-1].levelname == "WARNING"
