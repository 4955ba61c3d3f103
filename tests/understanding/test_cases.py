"""What went wrong with people's texts, by report, through the real application.

The rows of this deployment's flows are in tests/flows: W1, W2, W11, W12, W18, W22, W23, W26.
"""

import pytest

from parley.settings import SettingsError
from parley.testing import Sms

STOPPED = "Okay, we'll stop here. To get no more messages from this number, reply STOP."


@pytest.fixture
def sms(sms: Sms) -> Sms:
    return sms(settings={"TIME_ZONE": "UTC", "FLOWS": "flows,tests.understanding.case_flows"})


@pytest.mark.parametrize(
    "body",
    [
        "Liked “Name?”",
        "Removed a like from “Name?”",
        "I'm driving with Do Not Disturb turned on. I'll see your message when I get where I'm "
        "going.",
    ],
)
def test_w3_w4_a_tapback_and_an_auto_reply_are_no_answer(sms: Sms, body: str) -> None:
    assert sms.text("asks", body) == "", "and they start nothing"
    sms.text("asks", "hi")
    assert sms.text("asks", body) == ""
    assert sms.text("asks", "Bob") == "How many?"


def test_w3_an_author_may_ask_to_see_tapbacks(sms: Sms) -> None:
    sms.text("curious", "hi")
    assert sms.text("curious", "Liked “Name?”") == "Liked “Name?”"


@pytest.mark.parametrize(
    "body", ["Stop!", "stop please", "STOP\n\nSent from my iPhone", "opt out", "ARRET"]
)
def test_w5_a_wish_to_stop_ends_the_script_politely(sms: Sms, body: str) -> None:
    sms.text("asks", "hi")
    assert sms.text("asks", body) == STOPPED
    assert sms.cookie == ""
    assert sms.text("asks", body) == STOPPED, "and it starts nothing"


def test_w5_without_the_opt_out_words_a_wish_to_stop_is_the_scripts(sms: Sms) -> None:
    sms = sms(settings={"OPT_OUT_WORDS": "off"})
    sms.text("asks", "hi")
    assert sms.text("asks", "stop please") == "How many?"


def test_w6_yes_after_an_opt_out_starts_nothing(sms: Sms) -> None:
    sms.text("asks", "hi")
    sms.text("asks", "STOP")
    assert sms.text("asks", "YES") == ""
    assert sms.text("asks", "hi") == "Name?"


@pytest.mark.parametrize("parameters", [{}, {"OptOutType": "START"}])
@pytest.mark.parametrize("body", ["START", "Unstop"])
def test_w6_an_opt_in_starts_and_answers_nothing(
    sms: Sms, body: str, parameters: dict[str, str]
) -> None:
    assert sms.text("asks", body, **parameters) == ""
    assert sms.text("counter", body, **parameters) == ""
    sms.text("asks", "hi")
    assert sms.text("asks", body, **parameters) == "Name?"


def test_w7_a_picture_is_no_name(sms: Sms) -> None:
    sms.text("asks", "hi")
    picture = sms.text("asks", "", ["https://a.b/1.jpg"])
    assert picture == "Sorry, I can't read pictures here.\nName?"


@pytest.mark.parametrize("body", ["\u200b", "\u3164", "", " \u2060 "])
def test_w8_a_text_that_shows_nothing_is_empty(sms: Sms, body: str) -> None:
    sms.text("asks", "hi")
    assert sms.text("asks", body) == "Sorry, your message was empty.\nName?"


@pytest.mark.parametrize("body", ["thanks!", "Thank you 🙏", "ok thanks", "👍", "bye"])
def test_w9_a_courtesy_after_the_end_starts_nothing(sms: Sms, body: str) -> None:
    for each in ("hi", "Bob", "2"):
        sms.text("asks", each)
    assert sms.text("asks", body) == ""


def test_w10_a_day_is_that_of_its_answer(sms: Sms) -> None:
    sms.later(hours=15)
    sms.text("which-day", "hi")
    said = sms.text("which-day", "yesterday")
    assert said.startswith("Please choose a day from Fri 15 Jan 2027")
    sms.later(hours=1)
    assert sms.text("which-day", "today") == "2027-01-16"


def test_w13_what_is_too_long_is_asked_again(sms: Sms) -> None:
    sms.text("asks", "hi")
    said = sms.text("asks", "😀" * 741)
    assert said == "Sorry, that is too long. Please use at most 160 characters.\nName?"


@pytest.mark.parametrize("body", ["5 marraskuuta", "junk 4"])
def test_w14_a_word_is_a_month_only_if_it_is_one(sms: Sms, body: str) -> None:
    sms.text("which-day", "hi")
    assert sms.text("which-day", body).endswith("Which day?")


def test_w15_the_option_that_says_a_number_is_meant(sms: Sms) -> None:
    sms.text("people", "hi")
    assert sms.text("people", "2") == "2 people"


def test_w16_a_message_that_was_seen_answers_nothing_again(sms: Sms) -> None:
    sms.text("asks", "hi", MessageSid="SM1")
    sms.text("asks", "7", MessageSid="SM2")
    assert sms.text("asks", "7", MessageSid="SM2") == "How many?"
    assert sms.text("asks", "hi", MessageSid="SM1") == "How many?", "it was delivered late"
    assert sms.text("asks", "8", MessageSid="SM3") == "7, 8."


@pytest.mark.parametrize(
    "said",
    [
        "Automatic reply: I am out of the office until Monday.",
        "Thanks for contacting us! We'll get back to you as soon as possible.",
    ],
)
def test_w17_an_auto_responder_that_answers_every_text_gets_one_answer(sms: Sms, said: str) -> None:
    """A text that is not known for an automatic reply is a matter of limits."""
    assert sms.text("asks", "hi") == "Name?"
    assert [sms.text("asks", said) for _ in range(5)] == [""] * 5
    assert sms.text("asks", "Bob") == "How many?", "the question waits"


def test_w19_only_its_words_start_a_script(sms: Sms) -> None:
    assert sms.text("triggered", "thanks") == ""
    assert sms.text("triggered", "hello there") == "To start, reply BOOK."
    assert sms.cookie == ""
    assert sms.text("triggered", "Book, please!") == "Name?"


def test_w20_an_answer_after_four_hours_is_told_so(sms: Sms) -> None:
    sms.text("asks", "hi")
    cookie = sms.cookie
    sms.later(hours=4)
    sms.twilio.jar(sms.from_, sms.to).keep(cookie)
    assert sms.text("asks", "Bob") == "Sorry, too much time has passed. Let's start over.\nName?"


@pytest.mark.parametrize("name", ["TIME_ZONE", "TZ"])
def test_w21_a_time_zone_that_is_none_stops_the_start(sms: Sms, name: str) -> None:
    settings = {"TIME_ZONE": "", name: "America/NewYork"}
    with pytest.raises(SettingsError, match=f"{name} is 'America/NewYork'.* not a time zone"):
        sms(settings=settings).text("counter", "hi")


def test_w24_a_last_piece_of_white_space_is_not_sent(sms: Sms) -> None:
    assert [each.body for each in sms.deliver("blank", "hi").messages] == ["x" * 1600]


def test_w25_only_where_twilio_answers_are_its_words_kept_from_a_script(sms: Sms) -> None:
    whatsapp = sms(from_="whatsapp:+15551230001", to="whatsapp:+15559870002")
    whatsapp.text("asks", "hi")
    assert whatsapp.text("asks", "cancel") == "Goodbye."
    sms.text("asks", "hi")
    assert sms.text("asks", "cancel") == ""
    assert [each.body for each in sms.deliver("asks", "Bob").messages] == ["Name?"]


@pytest.mark.parametrize(
    ("flow", "body", "meant", "unclear"),
    [
        ("yes-or-no", "Yes, I will be there", "True", "yes and no"),
        ("chooses", "cafe", "café visit", "café or haircut"),
        ("how-many", "2 tickets", "2", "between 2 and 3"),
        ("which-day", "Sat 16 Jan 2027", "2027-01-16", "monday or tuesday"),
        ("what-time", "half past 3", "15:30:00", "25:00"),
    ],
)
def test_an_answer_is_understood_or_asked_again(
    sms: Sms, flow: str, body: str, meant: str, unclear: str
) -> None:
    """The reported texts are rows of the files here and in tests/conversation/understanding."""
    question = sms.text(flow, "hi")
    said = sms.text(flow, unclear)
    assert said != question
    assert said.endswith(question)
    assert sms.text(flow, body) == meant


@pytest.mark.parametrize("body", ["go back", "undo"])
def test_back_is_understood_in_the_words_of_people(sms: Sms, body: str) -> None:
    sms.text("asks", "hi")
    sms.text("asks", "Bob")
    assert sms.text("asks", body) == "Name?"


def test_start_over_is_understood(sms: Sms) -> None:
    sms.text("asks", "hi")
    sms.text("asks", "Bob")
    assert sms.text("asks", "start over") == "Name?"


def test_a_whole_appointment_in_spanish(sms: Sms) -> None:
    sms.play("cita", SPANISH)
    sms.text("cita", "buenas")
    assert sms.text("cita", "barba mañana 10:30") == "¿Para cuántas personas?"


@pytest.mark.parametrize("body", ["gracias", "Muchas gracias 🙏", "vale, gracias"])
def test_a_courtesy_in_spanish_starts_nothing(sms: Sms, body: str) -> None:
    assert sms.text("cita", body) == ""


SPANISH = """
> hola
< ¿Qué desea?
< 1. corte de pelo
< 2. barba
< 3. color
> manicura
< Perdón, no entendí. Responde con un número del 1 al 3, o con las palabras.
< ¿Qué desea?
< 1. corte de pelo
< 2. barba
< 3. color
> la barba por favor
< ¿Qué día?
> ayer
< Elige un día del vie 15 ene 2027 al mar 16 mar 2027.
< ¿Qué día?
> no sé
< Sigo sin entender. Por ejemplo, responde sáb 16 ene 2027. Para volver a la pregunta anterior, \
responde ATRÁS.
< ¿Qué día?
> pasado mañana
< ¿A qué hora, de 9:00 a 17:00?
> atrás
< ¿Qué día?
> el domingo
< ¿A qué hora, de 9:00 a 17:00?
> por la tarde
< Perdón, no entendí. Responde con una hora de 9:00 a 17:00, como 9:00.
< ¿A qué hora, de 9:00 a 17:00?
> a las tres y media
< ¿Para cuántas personas?
> cinco
< Responde con un número del 1 al 4.
< ¿Para cuántas personas?
> para dos
< ¿Cómo se llama?
> Ana
< barba, dom 17 ene 2027 a las 15:30, 2, Ana: ¿es correcto?
> quizás
< Perdón, no entendí. Responde sí o no, por favor.
< barba, dom 17 ene 2027 a las 15:30, 2, Ana: ¿es correcto?
> No, el martes
< barba, mar 19 ene 2027 a las 15:30, 2, Ana: ¿es correcto?
> perdón, quise decir Ana María
< barba, mar 19 ene 2027 a las 15:30, 2, Ana María: ¿es correcto?
> sí, claro
< Hasta pronto: barba, mar 19 ene 2027 a las 15:30, 2, Ana María.
> gracias
"""
