import pytest

from parley.twilio.url_spellings import spellings, without_password


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.b", {"https://a.b", "https://a.b:443"}),
        ("http://a.b/p/q", {"http://a.b/p/q", "http://a.b:80/p/q"}),
        ("https://u:p@a.b:8443/p", {"https://u:p@a.b:8443/p", "https://u:p@a.b/p"}),
        ("https://a.b:8", {"https://a.b:8", "https://a.b"}),
        ("https://u:1@a.b", {"https://u:1@a.b", "https://u:1@a.b:443"}),
        ("https://[2001:db8::1]:8443", {"https://[2001:db8::1]:8443", "https://[2001:db8::1]"}),
        ("https://[2001:db8::1]", {"https://[2001:db8::1]", "https://[2001:db8::1]:443"}),
        ("https://a.b:", {"https://a.b:", "https://a.b:443", "https://a.b"}),
    ],
)
def test_a_url_may_be_signed_with_and_without_its_port(url: str, expected: set[str]) -> None:
    assert spellings(url)[0] == url
    assert set(spellings(url)) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://user:hunter2@a.b:8443/p@q", "https://a.b:8443/p@q"),
        ("https://user:hunter2@a.b:1/p@q", "https://a.b:1/p@q"),
        ("https://user:hunter2@a.b/x://y", "https://a.b/x://y"),
        ("https://user:hun@ter2@a.b/p", "https://a.b/p"),
        # These are not URLs, and the password could end anywhere in them.
        ("https://user:hunter2/x@a.b", "https://a.b"),
        ("https://user:h@/unter2/x@a.b", "https://a.b"),
        ("https://user:[hunter2]@a.b", "https://a.b"),
        ("https://user:hunter2@a.b:0/p@q", "https://q"),
        ("user:hunter2@a.b", "a.b"),
    ],
)
def test_a_password_is_never_shown(url: str, expected: str) -> None:
    assert without_password(url) == expected


@pytest.mark.parametrize("url", ["", "sms.example.com", "ftp://a.b", "https://a.b/c?d"])
def test_an_invalid_public_url_is_rejected(url: str) -> None:
    with pytest.raises(ValueError, match=r"^a public URL is http:// or https://, a host, perhaps"):
        spellings(url)
