"""The parameters of an inbound message."""

import pytest

from parley.simulator.parameters import inbound, media_type


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.b/cat.jpg", "image/jpeg"),
        ("https://a.b/cat.PNG?x=.gif", "image/png"),
        ("https://a.b/icon.svg", "image/svg+xml"),
        ("https://a.b/card.vcf", "text/vcard"),
        ("https://a.b/note.amr", "audio/amr"),
        ("https://api.twilio.com/Accounts/AC0/Messages/MM0/Media/ME0", "image/jpeg"),
    ],
)
def test_the_type_of_a_file_depends_on_its_extension(url: str, expected: str) -> None:
    assert media_type(url) == expected
    parameters = inbound("+12025550123", "+12025550199", "", [url])
    assert (parameters["MediaContentType0"], parameters["NumMedia"]) == (expected, "1")
