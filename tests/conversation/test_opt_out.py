import pytest

from app.conversation import Message
from app.conversation.opt_out import HELP, STOP, STOP_WORDS, wanted
from tests.twilio import ALICE, APP


def text(body: str, from_: str = ALICE, to: str = APP, **parameters: str) -> Message:
    return Message("SM1", from_, to, body, parameters=parameters)


@pytest.mark.parametrize("word", sorted(STOP_WORDS))
def test_a_stop_word_is_the_whole_text(word: str) -> None:
    for body in (
        word,
        word.lower(),
        word.title(),
        f"  {word}\n",
        f"{word}.",
        f" {word.lower()} . ",
    ):
        assert wanted(text(body)) == STOP, body
    for body in (f"{word} it", f"please {word}", f"{word}!", f"{word}..", f".{word}", f"{word}s"):
        assert wanted(text(body)) is None, body


def test_the_list_is_twilios() -> None:
    words = "STOP STOPALL UNSUBSCRIBE CANCEL END QUIT REVOKE OPTOUT"
    assert set(words.split()) == STOP_WORDS


@pytest.mark.parametrize("body", ["HELP", "help", "Info", "INFO"])
def test_help_is_asked_for_between_two_numbers(body: str) -> None:
    assert wanted(text(body)) == HELP
    assert wanted(text(body, to="12345")) is None
    assert wanted(text(body, from_="whatsapp:+15551230001")) is None
    for odd in (f"{body}.", f" {body}", f"{body}!", f"{body} me"):
        assert wanted(text(odd)) is None


@pytest.mark.parametrize(
    "body", ["START", "YES", "UNSTOP", "start", "", ".", "ſtop", "ＳＴＯＰ", "hi"]
)
def test_other_words_are_the_flows(body: str) -> None:
    assert wanted(text(body)) is None


@pytest.mark.parametrize(
    ("told", "expected"),
    [("STOP", STOP), ("stop", STOP), ("HELP", HELP), ("START", None), ("", None)],
)
def test_advanced_opt_out_says_so_itself(told: str, expected: str | None) -> None:
    assert wanted(text("Halt", to="12345", OptOutType=told)) == expected
