"""Reading a response as Twilio does: the messages, and the errors."""

import pytest

from parley.http_client import Response
from parley.simulator.reported_errors import ADVICE, error
from parley.simulator.twiml import Delivered, read


def answered(content: str | bytes, status: int = 200, content_type: str = "text/xml") -> Response:
    body = content.encode() if isinstance(content, str) else content
    return Response(status, (("Content-Type", content_type),), body)


@pytest.mark.parametrize(
    ("document", "messages"),
    [
        ("<Response/>", ()),
        ("", ()),
        ("<Response><Message>hi &amp; bye</Message></Response>", (Delivered("hi & bye"),)),
        (
            "<Response><Message to='+1'><Body>a</Body><Media>https://x/y</Media></Message>"
            "<Message>b</Message></Response>",
            (Delivered("a", "+1", ("https://x/y",)), Delivered("b")),
        ),
    ],
)
def test_twiml_is_read(document: str, messages: tuple[Delivered, ...]) -> None:
    assert read(answered(document)).messages == messages
    assert read(answered(document)).errors == ()


@pytest.mark.parametrize("content_type", ["text/xml; charset=utf-8", "application/xml", "TEXT/XML"])
def test_both_content_types_of_xml_are_accepted(content_type: str) -> None:
    assert not read(answered("<Response/>", content_type=content_type)).errors


def test_elements_after_a_redirect_are_ignored() -> None:
    redirect = "<Redirect method='get'> /b </Redirect>"
    document = f"<Response><Message>a</Message>{redirect}<Message>c</Message></Response>"
    answer = read(answered(document))
    assert answer.redirect == ("GET", "/b")
    assert answer.messages == (Delivered("a"),)


@pytest.mark.parametrize(
    ("response", "code"),
    [
        (answered("<Response/>", status=500), 11200),
        (answered("<Response/>", status=403), 11200),
        (answered("<Response/>", status=308), 11200),
        (answered("<Response>" + "x" * 64_000), 11750),
        (answered("<Response>"), 12100),
        (answered("hi"), 12100),
        (answered(b"<Response>\xff</Response>"), 12100),
        (answered("<Response>\x01</Response>"), 12100),
        (answered("<response/>"), 12200),
        (answered("<Response>hi</Response>"), 12200),
        (answered("<Response><Say>hi</Say></Response>"), 12200),
        (answered("<Response><Message><Text>hi</Text></Message></Response>"), 12200),
        (answered("<Response><Message form='+1'>hi</Message></Response>"), 12200),
        (answered("<Response><Redirect method='PUT'>/</Redirect></Response>"), 12200),
        (answered("<Response><Redirect method='&#10;X: y'>/</Redirect></Response>"), 12200),
        (answered("<Response/>", content_type="text/html"), 12300),
        (answered("hi", content_type="application/json"), 12300),
        (answered("hi", content_type=""), 12300),
    ],
)
def test_a_response_that_twilio_cannot_use_is_an_error(response: Response, code: int) -> None:
    assert [each.code for each in read(response).errors] == [code]


def test_a_document_of_64000_bytes_is_read() -> None:
    head, tail = "<Response><Message>", "</Message></Response>"
    document = head + "x" * (64_000 - len(head + tail)) + tail
    assert not read(answered(document)).errors
    assert [each.code for each in read(answered(document + "\n")).errors] == [11750]


def test_every_error_says_what_to_do() -> None:
    assert {11200, 11205, 11750, 12100, 12200, 12300, 14107, 21610, 21617, 21623} <= set(ADVICE)
    assert str(error(21617, "1,601")) == (
        "21617 the body is over 1,600 characters (1,601): send it in several messages"
    )
