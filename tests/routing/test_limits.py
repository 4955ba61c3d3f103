"""The limits of a conversation: the rate of texts, and loops of automatic replies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.conversation.understanding.automatic_replies import is_automatic
from parley.routing.limits import (
    CHAIN,
    TOO_FAST,
    after_answer,
    after_refusal,
    is_told,
    read,
    refusal,
)

NOW = 1_800_000_000
DRIVING = "I'm driving with Do Not Disturb While Driving turned on. I'll see it later."


def answers(texts: list[tuple[int, str, str]]) -> list[str]:
    """For each text of a conversation (seconds, body, our reply), return why it gets no reply."""
    state: object = None
    found = []
    for seconds, body, reply in texts:
        now = NOW + seconds
        queued, history = read(state, now)
        found.append(refusal(queued, history, body))
        if found[-1]:
            state = after_refusal(queued, history, now, told=True)
        else:
            state = after_answer(queued, history, now, body, reply)
        assert len(str(state)) <= 13
    return found


@given(
    st.one_of(st.text(max_size=12), st.integers(), st.booleans(), st.none()),
    st.integers(0, 1 << 40),
)
def test_any_stored_value_can_be_read(value: object, now: int) -> None:
    queued, history = read(value, now)
    assert 0 <= queued <= 65
    assert 0 <= after_answer(queued, history, now, "a", "b") < 1 << 43


@pytest.mark.parametrize("value", [-1, 1 << 43, True, 1.5, "AAAAAAAA", None])
def test_an_invalid_state_is_treated_as_a_first_text(value: object) -> None:
    """Such as a state of an earlier version, or one with values out of range."""
    assert read(value, NOW) == (0, 0)


@given(
    queued=st.integers(0, 60),
    history=st.integers(0, (1 << 22) - 1),
    later=st.integers(0, 60),
    now=st.integers(0, 1 << 40),
)
def test_a_state_is_read_as_it_was_written(queued: int, history: int, later: int, now: int) -> None:
    state = after_refusal(queued, history, now, told=False)
    waiting = queued + 2 if queued <= 58 else queued
    assert read(state, now + later) == (max(0, waiting - later), history)


def test_a_burst_of_thirty_and_then_a_text_every_two_seconds_are_allowed() -> None:
    at_once = [(0, f"text {number}", f"reply {number}") for number in range(40)]
    later = [(second, f"text {second}!", f"reply {second}!") for second in range(1, 11)]
    found = answers(at_once + later)
    assert found[:40] == [""] * 30 + [TOO_FAST] * 10
    assert found[40:] == [TOO_FAST, ""] * 5


@pytest.mark.parametrize(
    ("idle", "answered"), [(59, 29), (60, 30), (14_400, 30), (23 * 86_400, 30)]
)
def test_an_idle_minute_restores_thirty_texts(idle: int, answered: int) -> None:
    texts = [(0, f"text {number}", f"reply {number}") for number in range(30)]
    texts += [(idle, f"more {number}", f"answer {number}") for number in range(31)]
    assert answers(texts)[30:].count("") == answered


@given(st.integers(0, 20_000), st.integers(1, 5))
def test_a_server_whose_clock_is_behind_does_not_restore_texts(start: int, behind: int) -> None:
    texts = [(start, f"text {number}", f"reply {number}") for number in range(30)]
    texts += [
        (start + second - behind * (second % 2), f"more {second}", f"answer {second}")
        for second in range(20)
    ]
    assert answers(texts)[30:].count("") <= 10


def test_the_fifth_equal_text_with_an_equal_reply_gets_no_reply() -> None:
    texts = [(second, "hi", "Hello.") for second in range(8)]
    assert answers(texts) == [""] * 4 + [CHAIN] * 4
    assert answers([*texts, (9, "something else", "Hello.")])[-1] == ""


def test_the_third_echo_of_our_reply_gets_no_reply() -> None:
    texts = [(second, "Who are you?", "Who are you?") for second in range(4)]
    assert answers(texts) == ["", "", CHAIN, CHAIN]


def test_the_same_answer_to_many_questions_is_not_a_loop() -> None:
    assert not any(answers([(2 * each, "yes", f"Question {each}") for each in range(20)]))


def test_automatic_texts_are_a_loop_regardless_of_our_replies() -> None:
    texts = [(2 * each, f"{DRIVING} ({each})", f"Question {each}") for each in range(8)]
    assert answers(texts) == ["", ""] + [CHAIN] * 6


def test_pictures_without_a_text_are_not_a_loop() -> None:
    assert not any(answers([(2 * each, "", "Thanks for the picture.") for each in range(20)]))
    assert not any(answers([(2 * each, "", "") for each in range(20)]))


def test_a_rejection_is_sent_once_until_a_text_is_answered() -> None:
    _, history = read(after_refusal(60, 0, NOW, told=True), NOW)
    assert is_told(history)
    _, history = read(after_refusal(60, history, NOW, told=False), NOW)
    assert is_told(history)
    _, history = read(after_answer(0, history, NOW, "a", "b"), NOW)
    assert not is_told(history)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (DRIVING, True),
        ("AUTO-REPLY: closed", True),
        ("Réponse automatique", True),
        ("je suis au volant", True),
        ("I’m in a meeting and can’t answer", True),
        ("Missed call from +1 555 123 0001", True),
        ("I am driving to the office at 8", False),
        ("yes", False),
        ("", False),
        ("👍", False),
        ("\ud800", False),
    ],
)
def test_automatic_replies_are_recognized_without_reading_every_text(
    text: str, *, is_one: bool
) -> None:
    assert is_automatic(text) is is_one
