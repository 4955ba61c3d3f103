"""Form parsing agrees with the standard library for any input."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.twilio.parameters import UnreadableBody, read_form, read_json, read_query

# Letters, separators, complete and broken escapes, of one byte and of parts of several.
FRAGMENTS = st.sampled_from(
    ["a", "B", "=", "&", "+", "%", "%2B", "%26", "%3d", "%25", "%zz", "%C3"]
)
FRAGMENTS |= st.sampled_from(["%A9", "%F0%9F", "%8D%95", "é", "🍕", "\x00", "%00", "%u00e9", ";"])
FORMS = st.lists(FRAGMENTS, max_size=30).map("".join)


@given(FORMS | st.text())
def test_a_form_is_parsed_as_by_the_standard_library(form: str) -> None:
    try:
        expected = parse_qsl(
            form.encode(errors="replace").decode(), keep_blank_values=True, errors="strict"
        )
    except UnicodeDecodeError:
        with pytest.raises(UnreadableBody):
            read_form(form.encode(errors="replace"))
    else:
        assert read_form(form.encode(errors="replace")) == expected


@pytest.mark.parametrize("body", [b"\xff", b"a=\xc3", b"a=\xed\xa0\x80", b"a=%ED%A0%80", b"%ff=a"])
def test_invalid_utf8_is_rejected(body: bytes) -> None:
    with pytest.raises(UnreadableBody, match=r"^the form is not valid UTF-8$"):
        read_form(body)


def test_a_form_has_at_most_12_288_escapes() -> None:
    assert read_form(b"a=" + b"%41" * 12_288) == [("a", "A" * 12_288)]
    with pytest.raises(UnreadableBody, match="over 12,288 escapes"):
        read_form(b"a=" + b"%41" * 16_385)
    rest = b"&b=" + b"x" * 65_536
    assert read_form(b"a=" + b"%41" * 2_048 + rest)[0] == ("a", "A" * 2_048)
    with pytest.raises(UnreadableBody, match="over 2,048 escapes"):
        read_form(b"a=" + b"%41" * 2_049 + rest)


def test_a_form_has_at_most_a_thousand_fields() -> None:
    assert len(read_form(b"a=1&" * 999 + b"a=1")) == 1_000
    with pytest.raises(UnreadableBody, match="over 1,000 fields"):
        read_form(b"a=1&" * 1_000 + b"a=1")


def test_a_query_has_at_most_a_thousand_fields() -> None:
    assert len(read_query(b"/?" + b"a&" * 999 + b"a")) == 1_000
    with pytest.raises(UnreadableBody, match="the query has over 1,000 fields"):
        read_query(b"/?" + b"%&" * 1_000)


def test_the_bytes_of_a_character_may_be_raw_or_escaped_but_not_in_two_fields() -> None:
    assert read_form(b"a=\xc3%A9&b=%C3\xa9") == [("a", "é"), ("b", "é")]
    with pytest.raises(UnreadableBody):
        read_form(b"a=\xc3&%A9=b")


def test_an_empty_query_has_no_parameters() -> None:
    for target in (b"/sms/counter", b"/sms/counter?", b"/sms/counter#a=1", b"/sms/counter?#a=1"):
        assert read_query(target) == []
    assert read_query(b"/sms/counter?a=%27&b=") == [("a", "'"), ("b", "")]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"a": NaN}', b"[" * 100_000])
def test_invalid_json_is_rejected(body: bytes) -> None:
    with pytest.raises(UnreadableBody, match=r"^the body is not JSON in UTF-8$"):
        read_json(body)


@pytest.mark.parametrize("body", [b"[]", b"1", b'"a"', b"null"])
def test_json_that_is_not_an_object_is_rejected(body: bytes) -> None:
    with pytest.raises(UnreadableBody, match=r"^the JSON is not an object$"):
        read_json(body)
