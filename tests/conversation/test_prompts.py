"""A script's questions and its last reply as a Reply: pictures, messages, other recipients."""

import itertools
from collections.abc import Callable

import pytest

from parley.conversation import (
    Outgoing,
    Reply,
    Script,
    ScriptFailed,
    Session,
    ask,
    choice,
    confirm,
    date,
    number,
    picture,
    script,
    text,
    time,
)
from parley.conversation.prompts import with_list
from parley.testing import Sms
from tests.conversation.scripts import Sender

OWNER = "+15550000009"
MENU = "https://images.example.com/menu.jpg"


def to_owner(body: str) -> Outgoing:
    return Outgoing(body, to=OWNER)


FLOW = """
from parley import Outgoing, PhoneNumber, Reply, Script, choice, confirm, script

@script(courtesy="Any time.")
def order(*, owner: PhoneNumber = "+15550000009") -> Script:
    yield Reply("Your name?", Outgoing("A guest is here.", to=owner))
    dish = yield from choice(
        Reply("Hello!", Outgoing("Which dish?", media_urls=("https://images.example.com/menu.jpg",)),
              Outgoing("He is reading.", to=owner)),
        ("soup", "cake"),
    )
    if not (yield from confirm(Reply(f"{dish}?", Outgoing("Nearly done.", to=owner)))):
        return Reply()
    return Reply(
        Outgoing("Thanks!", media_urls=("https://images.example.com/thanks.jpg",)),
        "Bye.",
        Outgoing(f"One {dish}.", to=owner),
    )
"""
TO_OWNER = f"(to {OWNER})"
WHOLE = """
> hi
< Your name?
< (to +15550000009) A guest is here.
> Zoë
< Hello!
< Which dish?
< 1. soup
< 2. cake
< [https://images.example.com/menu.jpg]
< (to +15550000009) He is reading.
> 7
< Please choose a number from 1 to 2.
< Hello!
< Which dish?
< 1. soup
< 2. cake
< [https://images.example.com/menu.jpg]
> 1
< soup?
< (to +15550000009) Nearly done.
> yes
< Thanks!
< [https://images.example.com/thanks.jpg]
< Bye.
< (to +15550000009) One soup.
"""


@pytest.fixture
def phone(sms: Sms, guest_flow: Callable[[str, str], None]) -> Sms:
    guest_flow("order", FLOW)
    return sms()


def test_questions_may_be_replies(phone: Sms) -> None:
    phone.play("order", WHOLE)


def test_a_repeated_delivery_gets_the_same_reply_for_all_recipients(
    phone: Sms,
) -> None:
    for body in ("hi", "Zoë", "7", "back", "Zoë", "thanks", "1", "no wait, cake", "perhaps"):
        answer = phone.text("order", body)
        assert phone.deliver_again() == answer, "the repeated delivery had another reply"
    last = phone.text("order", "yes")
    assert TO_OWNER in last
    assert phone.deliver_again() == last


@pytest.mark.parametrize("text", ["hi", "Zoë", "1"])
def test_a_repeated_delivery_with_the_new_cookie_gets_the_same_reply(phone: Sms, text: str) -> None:
    bodies = ["hi", "Zoë", "1"]
    for n, body in enumerate(bodies[: bodies.index(text) + 1]):
        answer = phone.text("order", body, MessageSid=f"SM{n}")
    assert TO_OWNER in answer
    assert phone.text("order", text, MessageSid=f"SM{n}") == answer


@pytest.mark.parametrize(
    ("again", "more"),
    [
        ("perhaps", {}),
        ("thanks", {}),
        ("back", {}),
        ("START", {"OptOutType": "START"}),
        ("Liked “soup?”", {}),
        ("", {"NumMedia": "1", "MediaUrl0": MENU, "MediaContentType0": "image/jpeg"}),
    ],
)
def test_a_repeated_question_sends_nothing_to_others(
    phone: Sms, again: str, more: dict[str, str]
) -> None:
    for n, body in enumerate(("hi", "Zoë", "1")):
        phone.text("order", body, MessageSid=f"SM{n}")
    sid = "SM" + "9" * 32
    first = phone.text("order", again, MessageSid=sid, **more)
    assert TO_OWNER not in first
    assert TO_OWNER not in phone.text("order", again, MessageSid=sid, **more)
    assert TO_OWNER not in phone.text("order", "1", MessageSid="SM2"), "a late text"


def test_a_late_older_message_sends_nothing_to_others(phone: Sms) -> None:
    phone.text("order", "hi", MessageSid="SM1")
    phone.text("order", "Zoë", MessageSid="SM2")
    assert TO_OWNER not in phone.text("order", "hi", MessageSid="SM1")


def test_a_correction_that_changes_the_question_sends_it_to_others(phone: Sms) -> None:
    for body in ("hi", "Zoë", "1"):
        phone.text("order", body)
    assert phone.text("order", "no, cake") == f"cake?\n{TO_OWNER} Nearly done."
    assert phone.text("order", "no, cake") == "cake?"


def test_a_first_message_that_does_not_answer_is_sent_to_others() -> None:
    @script(first_message_answers=True)
    def order() -> Script:
        yield from choice(Reply("Which?", to_owner("A guest.")), ("soup", "cake"))
        return "Thanks."

    sender = Sender(order)
    said = sender.says("hello", sid="SM1")
    assert said.startswith("Sorry")
    assert said.endswith("A guest.")
    assert sender.says("hello", sid="SM1") == said


def test_a_script_may_end_without_a_reply_or_with_one_only_for_others() -> None:
    @script
    def silent() -> Script:
        yield "Hi?"
        return Reply()

    @script
    def told() -> Script:
        yield "Hi?"
        return Reply(to_owner("Done."))

    for flow, last in ((silent, ""), (told, "Done.")):
        sender = Sender(flow)
        sender.says("hi")
        assert sender.says("x") == last
        assert sender.session == "{}"


def test_a_question_may_change_the_url_of_its_picture() -> None:
    tokens = itertools.count()

    @script
    def order() -> Script:
        name = yield Reply(Outgoing("Name?", media_urls=(f"{MENU}?token={next(tokens)}",)))
        return f"Hello {name}."

    sender = Sender(order)
    assert sender.says("hi") == "Name?"
    assert sender.says("Zoë") == "Hello Zoë."


@pytest.mark.parametrize(
    "question",
    [
        lambda said: ask(said, str),
        lambda said: choice(said, ("a", "b")),
        lambda said: confirm(said),
        lambda said: number(said, 1, 9),
        lambda said: text(said),
        lambda said: picture(said),
        lambda said: date(said),
        lambda said: time(said),
    ],
)
def test_every_kind_of_question_accepts_a_reply(question: Callable[[Reply], Script]) -> None:
    @script
    def order() -> Script:
        yield from question(Reply("One.", Outgoing("Two?", media_urls=(MENU,)), note="asked"))
        return "End."

    lines = Sender(order).says("hi").splitlines()
    assert lines[:2] == ["One.", "Two?"]


def test_the_options_are_added_to_the_last_text_for_the_sender() -> None:
    both = with_list(Reply("Dish?", Outgoing(media_urls=(MENU,)), to_owner("x")), "1. a")
    assert isinstance(both, Reply)
    assert [each.body for each in both.messages] == ["Dish?\n1. a", "", "x"]
    alone = with_list(Reply(Outgoing(media_urls=(MENU,))), "1. a")
    assert isinstance(alone, Reply)
    assert [each.body for each in alone.messages] == ["1. a"]
    others = with_list(Reply(to_owner("x")), "1. a")
    assert isinstance(others, Reply)
    assert [each.body for each in others.messages] == ["x", "1. a"]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (Reply(), "asked an empty text"),
        (Reply(" "), "asked an empty text"),
        (Reply(to_owner("x")), "asked an empty text"),
        (Reply("x", session=Session({"a": 1})), "asked a Reply with a session"),
    ],
)
def test_a_question_must_have_a_text_for_the_sender_and_no_session(
    said: Reply, reason: str
) -> None:
    @script
    def order() -> Script:
        yield said
        return "x"

    with pytest.raises(ScriptFailed, match=reason):
        Sender(order).says("hi")


def test_the_note_of_a_reply_is_logged(
    sms: Sms, guest_flow: Callable[[str, str], None], caplog: pytest.LogCaptureFixture
) -> None:
    guest_flow(
        "noted",
        "from parley import Reply, Script, script\n@script\ndef noted() -> Script:\n"
        "    yield Reply('Name?', note='asked')\n    return Reply('Bye.', note='ended')\n",
    )
    sms.text("noted")
    sms.text("noted", "Zoë")
    assert [each for each in ("note=asked", "note=ended") if each in caplog.text] == [
        "note=asked",
        "note=ended",
    ]
