"""Reported problems with texts of people, with the real application.

The rows about the deployed flows are in tests/flows: W1, W2, W11, W12, W18, W22, W23, W26.
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
def test_w3_w4_a_tapback_and_an_auto_reply_are_not_answers(sms: Sms, body: str) -> None:
    assert sms.text("asks", body) == "", "a script started"
    sms.text("asks", "hi")
    assert sms.text("asks", body) == ""
    assert sms.text("asks", "Bob") == "How many?"


def test_w3_a_script_can_receive_tapbacks(sms: Sms) -> None:
    sms.text("curious", "hi")
    assert sms.text("curious", "Liked “Name?”") == "Liked “Name?”"


@pytest.mark.parametrize(
    "body", ["Stop!", "stop please", "STOP\n\nSent from my iPhone", "opt out", "ARRET"]
)
def test_w5_a_request_to_stop_ends_the_script_politely(sms: Sms, body: str) -> None:
    sms.text("asks", "hi")
    assert sms.text("asks", body) == STOPPED
    assert sms.cookie == ""
    assert sms.text("asks", body) == STOPPED, "a script started"


def test_w5_with_opt_out_words_off_the_script_gets_a_request_to_stop(sms: Sms) -> None:
    sms = sms(settings={"OPT_OUT_WORDS": "off"})
    sms.text("asks", "hi")
    assert sms.text("asks", "stop please") == "How many?"


def test_w6_yes_after_an_opt_out_starts_no_script(sms: Sms) -> None:
    sms.text("asks", "hi")
    sms.text("asks", "STOP")
    assert sms.text("asks", "YES") == ""
    assert sms.text("asks", "hi") == "Name?"


@pytest.mark.parametrize("parameters", [{}, {"OptOutType": "START"}])
@pytest.mark.parametrize("body", ["START", "Unstop"])
def test_w6_an_opt_in_starts_no_script_and_is_not_an_answer(
    sms: Sms, body: str, parameters: dict[str, str]
) -> None:
    assert sms.text("asks", body, **parameters) == ""
    assert sms.text("counter", body, **parameters) == ""
    sms.text("asks", "hi")
    assert sms.text("asks", body, **parameters) == "Name?"


def test_w7_a_picture_is_not_a_name(sms: Sms) -> None:
    sms.text("asks", "hi")
    picture = sms.text("asks", "", ["https://a.b/1.jpg"])
    assert picture == "Sorry, I can't read pictures here.\nName?"


@pytest.mark.parametrize("body", ["\u200b", "\u3164", "", " \u2060 "])
def test_w8_an_invisible_text_is_empty(sms: Sms, body: str) -> None:
    sms.text("asks", "hi")
    assert sms.text("asks", body) == "Sorry, your message was empty.\nName?"


@pytest.mark.parametrize(
    "body", ["thanks!", "Thank you 🙏", "ok thanks", "👍", "bye", "No problem", "np"]
)
def test_w9_thanks_after_the_end_starts_no_script(sms: Sms, body: str) -> None:
    for each in ("hi", "Bob", "2"):
        sms.text("asks", each)
    assert sms.text("asks", body) == ""


def test_w10_a_day_is_relative_to_the_day_of_its_answer(sms: Sms) -> None:
    sms.later(hours=15)
    sms.text("which-day", "hi")
    said = sms.text("which-day", "yesterday")
    assert said.startswith("Please choose a day from Fri 15 Jan 2027")
    sms.later(hours=1)
    assert sms.text("which-day", "today") == "2027-01-16"


def test_w13_a_text_that_is_too_long_is_asked_again(sms: Sms) -> None:
    sms.text("asks", "hi")
    said = sms.text("asks", "😀" * 741)
    assert said == "Sorry, that is too long. Please use at most 160 characters.\nName?"


@pytest.mark.parametrize("body", ["5 marraskuuta", "junk 4"])
def test_w14_only_a_month_is_read_as_a_month(sms: Sms, body: str) -> None:
    sms.text("which-day", "hi")
    assert sms.text("which-day", body).endswith("Which day?")


def test_w15_a_number_means_the_option_that_contains_it(sms: Sms) -> None:
    sms.text("people", "hi")
    assert sms.text("people", "2") == "2 people"


def test_w16_a_repeated_delivery_is_not_another_answer(sms: Sms) -> None:
    sms.text("asks", "hi", MessageSid="SM1")
    sms.text("asks", "7", MessageSid="SM2")
    assert sms.text("asks", "7", MessageSid="SM2") == "How many?"
    assert sms.text("asks", "hi", MessageSid="SM1") == "How many?", (
        "a late repeated delivery must get the same reply"
    )
    assert sms.text("asks", "8", MessageSid="SM3") == "7, 8."


@pytest.mark.parametrize(
    "said",
    [
        "Automatic reply: I am out of the office until Monday.",
        "Thanks for contacting us! We'll get back to you as soon as possible.",
    ],
)
def test_w17_an_auto_responder_gets_one_reply(sms: Sms, said: str) -> None:
    """An unrecognized automatic reply is handled by the limits."""
    assert sms.text("asks", "hi") == "Name?"
    assert [sms.text("asks", said) for _ in range(5)] == [""] * 5
    assert sms.text("asks", "Bob") == "How many?", "the question is not pending any more"


def test_w19_only_its_triggers_start_a_script(sms: Sms) -> None:
    assert sms.text("triggered", "thanks") == ""
    assert sms.text("triggered", "hello there") == "To start, reply BOOK."
    assert sms.cookie == ""
    assert sms.text("triggered", "Book, please!") == "Name?"


def test_w20_the_reply_to_a_late_answer_says_so(sms: Sms) -> None:
    sms.text("asks", "hi")
    cookie = sms.cookie
    sms.later(hours=4)
    sms.twilio.jar(sms.from_, sms.to).keep(cookie)
    assert sms.text("asks", "Bob") == "Sorry, too much time has passed. Let's start over.\nName?"


@pytest.mark.parametrize("name", ["TIME_ZONE", "TZ"])
def test_w21_an_invalid_time_zone_is_an_error(sms: Sms, name: str) -> None:
    settings = {"TIME_ZONE": "", name: "America/NewYork"}
    with pytest.raises(SettingsError, match=f"{name} is 'America/NewYork'.* not a time zone"):
        sms(settings=settings).text("counter", "hi")


def test_w24_a_last_piece_of_white_space_is_not_sent(sms: Sms) -> None:
    assert [each.body for each in sms.deliver("blank", "hi").messages] == ["x" * 1600]


def test_w25_a_script_gets_keywords_that_twilio_does_not_answer(sms: Sms) -> None:
    whatsapp = sms(from_="whatsapp:+15551230001", to="whatsapp:+15559870002")
    whatsapp.text("asks", "hi")
    assert whatsapp.text("asks", "cancel") == "Goodbye."
    sms.text("asks", "hi")
    assert sms.text("asks", "cancel") == ""
    assert [each.body for each in sms.deliver("asks", "Bob").messages] == ["Name?"]


def test_w25_start_is_an_ordinary_text_where_twilio_does_not_answer_it(sms: Sms) -> None:
    whatsapp = sms(from_="whatsapp:+15551230001", to="whatsapp:+15559870002")
    assert whatsapp.text("asks", "Start") == "Name?"
    assert whatsapp.text("asks", "START") == "How many?"


def test_without_the_opt_out_words_start_is_the_scripts(sms: Sms) -> None:
    sms = sms(settings={"OPT_OUT_WORDS": "off"})
    assert sms.text("asks", "START") == "Name?"


@pytest.mark.parametrize("body", ["go back", "undo"])
def test_back_is_understood_in_other_words(sms: Sms, body: str) -> None:
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
def test_thanks_in_spanish_starts_no_script(sms: Sms, body: str) -> None:
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
