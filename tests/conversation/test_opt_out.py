import pytest

from parley.conversation import Message
from parley.conversation.opt_out import HELP, START, STOP, is_answered_here, opt_out_keyword
from parley.twilio.facts import STOP_WORDS
from tests.webhook import ALICE, APP


def text(body: str, from_: str = ALICE, to: str = APP, **parameters: str) -> Message:
    return Message("SM1", from_, to, body, parameters=parameters)


@pytest.mark.parametrize("word", sorted(STOP_WORDS))
def test_a_stop_word_must_be_the_whole_text(word: str) -> None:
    for body in (
        word,
        word.lower(),
        word.title(),
        f"  {word}\n",
        f"{word}.",
        f" {word.lower()} . ",
    ):
        assert opt_out_keyword(text(body)) == STOP, body
    for body in (f"{word} it", f"please {word}", f"{word}!", f"{word}..", f".{word}", f"{word}s"):
        assert opt_out_keyword(text(body)) is None, body


def test_the_keywords_are_those_of_twilio() -> None:
    words = "STOP STOPALL UNSUBSCRIBE CANCEL END QUIT REVOKE OPTOUT"
    assert set(words.split()) == STOP_WORDS


@pytest.mark.parametrize("body", ["START", "start", " Unstop. "])
def test_a_start_word_must_be_the_whole_text(body: str) -> None:
    assert opt_out_keyword(text(body)) == START


@pytest.mark.parametrize("word", ["STOP", "cancel", "START"])
def test_a_keyword_is_passed_to_the_flow_if_twilio_does_not_answer(word: str) -> None:
    assert opt_out_keyword(text(word, from_="whatsapp:+15551230001")) is None
    assert opt_out_keyword(text(word, from_="12345")) is None
    assert opt_out_keyword(text(word, from_="rcs:+15551230001", to="rcs:agent")) is not None


@pytest.mark.parametrize("body", ["HELP", "help", "Info", "INFO"])
def test_help_is_a_keyword_only_between_two_numbers(body: str) -> None:
    assert opt_out_keyword(text(body)) == HELP
    assert opt_out_keyword(text(body, from_="whatsapp:+15551230001")) is None
    for odd in (f"{body}.", f" {body}", f"{body}!", f"{body} me"):
        assert opt_out_keyword(text(odd)) is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [("Stop.", STOP), ("cancel", STOP), (" help. ", HELP), ("START", None), ("UNSTOP", None)],
)
def test_parley_answers_for_a_short_code_without_a_service(body: str, expected: str | None) -> None:
    message = text(body, to="12345")
    assert opt_out_keyword(message) == expected
    assert is_answered_here(message)
    in_service = text(body, to="12345", MessagingServiceSid="MG1")
    assert opt_out_keyword(in_service) == (None if "help." in body else expected or START)
    assert not is_answered_here(in_service)
    assert not is_answered_here(text(body, to="12345", OptOutType="STOP"))
    for word in ("START", "unstop", "yes"):
        assert opt_out_keyword(text(word, to="12345"), opted_out=True) == START


@pytest.mark.parametrize("body", ["YES", "starting", "START!", "", ".", "ſtop", "ＳＴＯＰ", "hi"])
def test_other_words_are_passed_to_the_flow(body: str) -> None:
    assert opt_out_keyword(text(body)) is None


@pytest.mark.parametrize(
    ("told", "expected"),
    [("STOP", STOP), ("stop", STOP), ("HELP", HELP), ("START", START), ("", None)],
)
def test_advanced_opt_out_sets_the_keyword(told: str, expected: str | None) -> None:
    assert opt_out_keyword(text("Halt", to="12345", OptOutType=told)) == expected
