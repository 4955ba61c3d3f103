"""Session, Reply, Message and Flow: immutable, strict, and without personal data in repr."""

from dataclasses import FrozenInstanceError
from datetime import date
from typing import Any

import pytest

from parley.conversation import Flow, FlowError, Media, Message, Outgoing, Reply, Session, flow
from parley.conversation.masking import masked


def test_a_session_is_expired_only_if_declared() -> None:
    assert not Session().expired
    assert Session(expired=True).expired


def test_remember_returns_another_session() -> None:
    first = Session({"a": 1})
    second = first.remember(b=[1, {"c": [2]}]).remember(a=3)
    assert first == {"a": 1}
    assert second == {"a": 3, "b": (1, {"c": (2,)})}
    assert second.forget("a", "nope") == {"b": (1, {"c": (2,)})}
    assert not second.forget("a", "b")


def test_nothing_inside_a_session_can_be_changed() -> None:
    given: dict[str, Any] = {"list": [1], "dict": {"a": [1]}}
    session = Session(given)
    given["list"].append(2)
    given["dict"]["a"].append(2)
    assert session == {"list": (1,), "dict": {"a": (1,)}}
    with pytest.raises(TypeError):
        session["list"] = 1  # type: ignore[index]
    with pytest.raises(TypeError):
        session["dict"]["a"] = 1
    assert hash(session) == hash(Session(session)) != hash(Session())


@pytest.mark.parametrize(
    "value", [date(2026, 1, 1), b"x", {1}, float("nan"), float("inf"), object()]
)
def test_a_session_accepts_only_json_values(value: object) -> None:
    name = type(value).__name__
    said = f"a session stores only JSON values, not {name}"
    if isinstance(value, float):
        said = "a session cannot store infinity or NaN: JSON has no such number"
    for inside in (value, [value], {"a": value}):
        with pytest.raises(TypeError, match=f"^{said}$"):
            Session().remember(x=inside)
    with pytest.raises(TypeError, match="the names in a session must be str, not int"):
        Session({"a": {1: 2}})


@pytest.mark.parametrize(
    ("value", "expected"),
    [(3, 3), (0, 0), (-1, 0), (True, 0), (1.0, 0), ("1", 0), (None, 0), ([], 0)],
)
def test_a_whole_number_is_at_least_zero(value: object, expected: int) -> None:
    assert Session({"count": value}).get_int("count") == expected
    assert Session().get_int("count") == 0


def test_a_reply_accepts_texts_and_messages() -> None:
    reply = Reply("one", Outgoing("two", to="+1"))
    assert reply.messages == (Outgoing("one"), Outgoing("two", to="+1"))
    assert reply.session == Session()
    assert Reply().messages == ()
    for odd in (None, b"x", 3, ["x"]):
        named = f"a reply takes str or Outgoing, not {type(odd).__name__}"
        with pytest.raises(TypeError, match=f"^{named}$"):
            Reply(odd)  # type: ignore[arg-type]
    with pytest.raises(FrozenInstanceError):
        reply.session = Session({"a": 1})  # type: ignore[misc]


def greet(message: Message, session: Session) -> Reply:
    """Greet.

    At length.
    """
    return Reply(f"{message.body}!", session=session)


def test_a_flow_is_named_after_its_function() -> None:
    made = flow(lifetime=60)(greet)
    assert (made.name, made.summary, made.lifetime) == ("greet", "Greet.", 60)
    assert Flow(greet).lifetime == 14_400
    assert made(Message("SM1", "+1", "+2", "hi"), Session()).messages[0].body == "hi!"
    assert flow(greet) == Flow(greet)


@pytest.mark.parametrize("lifetime", [0, -1, 7_776_001, 1.5, True, "60"])
def test_the_lifetime_of_a_flow_is_limited(lifetime: Any) -> None:
    assert [Flow(greet, each).lifetime for each in (1, 7_776_000)] == [1, 7_776_000]
    with pytest.raises(FlowError, match=r"the flow greet .* 1 to 14400"):
        Flow(greet, lifetime)


def test_a_flow_must_return_a_reply() -> None:
    def silent(_message: Message, _session: Session) -> Reply:
        return "words"  # type: ignore[return-value]

    with pytest.raises(TypeError, match="the flow silent returned str, not a Reply"):
        Flow(silent)(Message("SM1", "+1", "+2"), Session())


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("+15551230001", "+1555…01"),
        ("+12345678", "+1234…78"),
        ("+123456789012345", "+1234…45"),
        ("+1234567", "alphanumeric"),
        ("+1234567890123456", "alphanumeric"),
        ("+1555123000x", "alphanumeric"),
        ("+15551230001\n", "alphanumeric"),
        ("whatsapp:+15551230001", "whatsapp"),
        ("messenger:1234567", "messenger"),
        ("RCS:agent", "rcs"),
        ("12345", "short code"),
        ("12345678", "short code"),
        ("123456789", "number"),
        ("15551230001", "number"),
        ("Acme", "alphanumeric"),
        ("", "alphanumeric"),
    ],
)
def test_an_address_is_masked(address: str, shown: str) -> None:
    assert masked(address) == shown


def test_no_repr_contains_the_text_of_a_person() -> None:
    number, words, url = "+15551230001", "my secret words", "https://api.twilio.com/secret"
    media = Media(url, "image/png")
    outgoing = Outgoing(words, to=number, media_urls=(url,), status_callback=url)
    session = Session({"words": words})
    said = [
        Message("SM1", number, number, words, (media,), {"Body": words}),
        media,
        outgoing,
        session,
        Reply(outgoing, session=session),
    ]
    shown = repr(said)
    for secret in (number, words, url):
        assert secret not in shown
    assert repr(media) == "Media(…)"
    assert "Message(+1555…01 to +1555…01: 15 characters, 1 media)" in shown
