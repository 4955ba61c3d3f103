import pytest

from app.phone.answers import Answer, Delivered


@pytest.mark.parametrize(
    ("document", "messages"),
    [
        ("<Response/>", []),
        ("<Response><Message>hi &amp; bye</Message></Response>", [Delivered("hi & bye")]),
        (
            "<Response><Message to='+1'><Body>a</Body><Media>https://x/y</Media></Message>"
            "<Message>b</Message></Response>",
            [Delivered("a", "+1", ("https://x/y",)), Delivered("b")],
        ),
        ("no TwiML", []),
    ],
)
def test_twiml_is_read(document: str, messages: list[Delivered]) -> None:
    assert Answer(200, document.encode()).messages == messages


def test_a_refusal_delivers_nothing() -> None:
    assert Answer(500, b"<Response><Message>hi</Message></Response>").messages == []
