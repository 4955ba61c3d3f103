"""Reading forms: equal to the standard library's reader, whatever is sent."""

import time
from urllib.parse import parse_qsl, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.wire.parameters import LONG, UnreadableBody, read_form, read_json, read_query

# Letters, separators, escapes whole and broken, of one byte and of parts of several.
FRAGMENTS = st.sampled_from(
    ["a", "B", "=", "&", "+", "%", "%2B", "%26", "%3d", "%25", "%zz", "%C3"]
)
FRAGMENTS |= st.sampled_from(["%A9", "%F0%9F", "%8D%95", "é", "🍕", "\x00", "%00", "%u00e9", ";"])
FORMS = st.lists(FRAGMENTS, max_size=30).map("".join)


@given(FORMS | st.text(), st.sampled_from(["", "a" * LONG]))
def test_a_form_is_read_as_the_standard_library_reads_it(form: str, more: str) -> None:
    form += more
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
def test_what_is_no_utf8_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableBody, match=r"^the form is no valid UTF-8$"):
        read_form(body)


def test_a_form_has_a_thousand_fields_and_no_more() -> None:
    assert len(read_form(b"a=1&" * 999 + b"a=1")) == 1_000
    with pytest.raises(UnreadableBody, match="over 1,000 fields"):
        read_form(b"a=1&" * 1_000 + b"a=1")


@pytest.mark.parametrize("piece", [b"%", b"%4", b"a%", b"%%41"])
def test_a_megabyte_of_escapes_that_are_none_is_read_in_no_time(piece: bytes) -> None:
    body = b"a=" + piece * (1_000_000 // len(piece))
    before = time.thread_time()
    unquote_to_bytes(b"%" * 1_000_000)
    the_librarys = time.thread_time() - before  # half a second, on a machine that is not busy
    before = time.thread_time()
    [(_, value)] = read_form(body)
    assert time.thread_time() - before < the_librarys / 2
    assert value == body[2:].replace(b"%41", b"A").decode()


def test_no_query_holds_nothing() -> None:
    for target in (b"/sms/counter", b"/sms/counter?", b"/sms/counter#a=1", b"/sms/counter?#a=1"):
        assert read_query(target) == []
    assert read_query(b"/sms/counter?a=%27&b=") == [("a", "'"), ("b", "")]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"a": NaN}', b"[" * 100_000])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableBody, match=r"^the body is no JSON in UTF-8$"):
        read_json(body)


@pytest.mark.parametrize("body", [b"[]", b"1", b'"a"', b"null"])
def test_json_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableBody, match=r"^the JSON is no object$"):
        read_json(body)
