"""The fast search for automatic replies agrees with the complete one."""

from parley.conversation.understanding.automatic_replies import is_automatic
from parley.conversation.understanding.languages import ANY, load
from parley.conversation.understanding.message_kinds import AUTO_REPLY, CALL, what_is
from tests.understanding.table import rows


def is_one(text: str) -> bool:
    return what_is(text) in (AUTO_REPLY, CALL)


def test_every_phrase_of_an_automatic_reply_is_found() -> None:
    found = load(ANY)
    phrases = [*found["auto_reply"]["phrases"], *found["call"]["phrases"]]
    texts = [
        text for each in phrases for text in (each, f"Hi! {each.upper()} Bye.") if is_one(text)
    ]
    assert len(texts) > len(phrases)
    assert [text for text in texts if not is_automatic(text)] == []


def test_both_searches_agree_on_every_text_of_the_table() -> None:
    texts = {row.text for row in rows()}
    assert sum(map(is_one, texts)) > 20
    assert [text for text in texts if is_one(text) != is_automatic(text)] == []
