"""Any reply of a flow becomes TwiML that Twilio accepts."""

import time
from xml.dom import minidom

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.messaging_response import MessagingResponse

from parley.conversation import Outgoing, Reply
from parley.conversation.segments import utf16_units
from parley.twilio.facts import TWIML_BYTES
from parley.twilio.message_limits import clean, pieces
from parley.twilio.twiml import ReplyTooLarge, render
from tests.evidence.plugin import Record, examples, sizes

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def document(*messages: str | Outgoing) -> str:
    return render(Reply(*messages)).content.decode().removeprefix(HEAD)


@pytest.mark.parametrize("messages", [(), ("",), ("\x00",), (Outgoing(to="+1"),)])
def test_an_empty_reply_is_an_empty_response(messages: tuple[str | Outgoing, ...]) -> None:
    assert document(*messages) == "<Response/>"


def test_each_message_has_its_own_address_media_and_callback() -> None:
    first = Outgoing("a & b", to="+15551230001", status_callback="https://c.d/?x&y")
    second = Outgoing("see", media_urls=("https://a.b/1", "https://a.b/2?x&y"))
    assert document(first, "", second, Outgoing(media_urls=("https://a.b/3",))) == (
        '<Response><Message statusCallback="https://c.d/?x&amp;y" to="+15551230001">a &amp; b'
        "</Message><Message><Body>see</Body><Media>https://a.b/1</Media>"
        "<Media>https://a.b/2?x&amp;y</Media></Message>"
        "<Message><Media>https://a.b/3</Media></Message></Response>"
    )


@pytest.mark.parametrize("text", ["a\rb", "a\r\nb", "\ra", "\n\ra", "a\nb", " a ", "\ta"])
@pytest.mark.parametrize("media", [(), ("https://a.b/1",)])
def test_line_breaks_and_spaces_are_kept(text: str, media: tuple[str, ...]) -> None:
    assert bodies(render(Reply(Outgoing(text, media_urls=media))).content) == [text]


def test_removed_characters_are_counted() -> None:
    rendered = render(Reply("a\x00b\ud800", Outgoing("c\x01", to="+1\x02", media_urls=("h\x03",))))
    assert rendered.removed == 5
    assert bodies(rendered.content) == ["ab", "c"]


def test_a_document_has_at_most_64000_bytes() -> None:
    urls = tuple("https://a.b/" + "x" * 1_000 for _ in range(61))
    size = len(render(Reply(Outgoing("", media_urls=urls))).content)
    filler = "x" * (TWIML_BYTES - size - len("<Message></Message>"))
    assert len(filler) < 1_600
    reply = Reply(Outgoing("", media_urls=urls), filler)
    assert len(render(reply).content) == TWIML_BYTES
    with pytest.raises(ReplyTooLarge, match="64,001 bytes, 1 more than the 64,000") as caught:
        render(Reply(reply.messages[0], filler + "x"))
    assert caught.value.size == TWIML_BYTES + 1


@pytest.mark.parametrize("to", [None, "+15551230001"])
@pytest.mark.parametrize("text", ["a", "9 ", "\N{MAN}\N{ZERO WIDTH JOINER}", "a\u0301"])
def test_a_reply_of_a_megabyte_is_rejected_without_splitting_it(text: str, to: str | None) -> None:
    long = text * (1_000_000 // len(text))
    before = time.thread_time()
    with pytest.raises(ReplyTooLarge, match="more than the 64,000"):
        render(Reply("hi", Outgoing(long, to=to)))
    assert time.thread_time() - before < 0.5  # seconds; it used to take one to eight


@pytest.mark.parametrize("to", ["", "+15551230001"])
def test_the_size_from_which_a_reply_is_not_split(to: str) -> None:
    """A split document is reported with the size of its markup, an unsplit one with its text's."""
    body = "x" * (TWIML_BYTES - len(to))
    for text, is_cut in ((body, True), (body + "x", False)):
        with pytest.raises(ReplyTooLarge) as caught:
            render(Reply(Outgoing(text, to=to or None)))
        assert (caught.value.size > TWIML_BYTES + 1) == is_cut
        assert (caught.value.size == TWIML_BYTES + 1) != is_cut


def test_removed_characters_do_not_count_for_the_size() -> None:
    assert render(Reply("\x00" * 100_000 + "hi")).removed == 100_000


def bodies(content: bytes) -> list[str]:
    """Return the text of every message that has one, as read by another XML parser."""
    return [text for text in (_text(each) for each in _messages(content)) if text]


def _messages(content: bytes) -> list[minidom.Element]:
    root = minidom.parseString(content).documentElement  # noqa: S318  # created by the tested code
    assert root is not None
    assert root.tagName == "Response"
    return list(root.getElementsByTagName("Message"))


def _text(element: minidom.Element) -> str:
    inner = element.getElementsByTagName("Body") or [element]
    if element.getElementsByTagName("Media") and inner == [element]:
        return ""
    return "".join(node.data for node in inner[0].childNodes if isinstance(node, minidom.Text))


ANY_TEXT = st.text(
    st.characters(codec=None, exclude_categories=())
    | st.sampled_from("\r\n \x00\ud800😀\u0301\u200d&<]>"),
    max_size=60,
)
LONG_TEXT = st.builds(lambda text, times: text * times, ANY_TEXT, st.integers(1, 120))
MEDIA = st.lists(st.builds("https://a.b/{}".format, ANY_TEXT), max_size=23).map(tuple)
OUTGOING = st.builds(
    Outgoing,
    LONG_TEXT,
    st.none() | ANY_TEXT,
    MEDIA,
    st.none() | ANY_TEXT.map("https://c.d/{}".format),
)


@sizes(40, short=300, long=3_000)
def test_any_reply_becomes_xml_within_the_limits(size: int, record: Record) -> None:
    examples("replies as XML, drawn at random", size, record, st.lists(OUTGOING, max_size=4), check)


def _without_space(bodies: list[str]) -> str:
    return "".join("".join(bodies).split())


def check(messages: list[Outgoing]) -> None:
    try:
        rendered = render(Reply(*messages))
    except ReplyTooLarge:
        said_in_all = sum(
            len(text.encode(errors="replace")) for each in messages for text in _texts(each)
        )
        assert said_in_all > TWIML_BYTES // 6  # a character takes at most six bytes: &quot;
        return
    assert len(rendered.content) <= TWIML_BYTES
    said = bodies(rendered.content)
    assert all(utf16_units(body) <= 1_600 for body in said)
    given_bodies = [clean(each.body).text for each in messages]
    assert _without_space(said) == _without_space(given_bodies), "more than white space was removed"
    given_texts = [each for message in messages for each in _texts(message)]
    assert rendered.removed == sum(clean(text).removed for text in given_texts)
    media = []
    for element in _messages(rendered.content):
        urls = element.getElementsByTagName("Media")
        assert len(urls) <= 10
        assert urls or _text(element), "an empty message"
        media += [_text(url) for url in urls]
    assert media == [clean(url).text for message in messages for url in message.media_urls]


@given(st.lists(LONG_TEXT, max_size=4))
def test_texts_are_written_as_by_the_twilio_package(texts: list[str]) -> None:
    package = MessagingResponse()
    for text in texts:
        legal = clean(text).text
        for piece in pieces(legal) if legal else ():
            package.message(piece)
    expected = str(package.to_xml()).replace("\r", "&#13;").replace("<Response />", "<Response/>")
    assert render(Reply(*texts)).content == expected.encode()


def _texts(message: Outgoing) -> list[str]:
    return [message.body, message.to or "", message.status_callback or "", *message.media_urls]
