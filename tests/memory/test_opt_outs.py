"""Opt-outs are rows: they outlive the cookie, and are deleted when the person opts in again."""

from collections.abc import Callable

import pytest

from parley.memory.cookie import OPTED_OUT
from parley.testing import Clock
from tests.memory.texts import Phone, rows, sealed
from tests.webhook import ALICE, APP, Twilio, message

NOTHING = b"<Response/>"
MONTH = 30 * 24 * 3_600


def opted_out(url: str) -> list[tuple[str, str, str]]:
    return rows(url, "person, number, how", "opt_outs")


def test_stop_is_valid_until_start(phone: Phone, database_url: str, clock: Clock) -> None:
    phone().hears("diary", "one")
    assert phone().text("diary", "Stop.").data.endswith(NOTHING)
    assert opted_out(database_url) == [(ALICE, APP, "text")]
    clock.later(MONTH)
    for body in ("HELP", "STOP", "help"):
        assert phone(1).text("diary", body).data.endswith(NOTHING)
    assert opted_out(database_url) == [(ALICE, APP, "text")]
    assert phone().text("diary", "yes").data.endswith(NOTHING), "yes must mean START"
    assert opted_out(database_url) == []
    assert phone().hears("diary", "yes") == "yes"


def test_other_texts_are_answered_and_the_opt_out_stays(phone: Phone, database_url: str) -> None:
    phone().text("diary", "STOP")
    assert phone().hears("diary", "two") == "two"
    assert phone().hears("counter", "hello").startswith("Hello")
    assert opted_out(database_url) == [(ALICE, APP, "text")]
    assert phone().text("counter", "UNSTOP").data.endswith(NOTHING)
    assert opted_out(database_url) == []


def test_yes_to_a_question_answers_it_and_opts_in(phone: Phone, database_url: str) -> None:
    phone().text("sign-up", "STOP")
    phone().hears("sign-up", "hi")
    assert phone().hears("sign-up", "yes").startswith("Hello yes.")
    assert opted_out(database_url) == []


def test_twilios_own_opt_out_type_counts(phone: Phone, database_url: str) -> None:
    phone().text("diary", "Halt", OptOutType="STOP")
    assert opted_out(database_url) == [(ALICE, APP, "text")]
    phone().text("diary", "Again", OptOutType="START")
    assert opted_out(database_url) == []


def test_an_opt_out_in_a_cookie_becomes_a_row(
    phone: Phone, clock: Clock, database_url: str
) -> None:
    cookie = sealed(clock, **OPTED_OUT)
    assert phone(cookie=cookie).hears("diary", "hi") == "hi"
    assert opted_out(database_url) == [(ALICE, APP, "text")]
    cookie = sealed(clock, "counter", **OPTED_OUT)
    assert phone(cookie=cookie).text("counter", "yes").data.endswith(NOTHING)
    assert opted_out(database_url) == []


def test_the_fallback_url_and_error_21610_record_an_opt_out(
    phone: Phone, database_url: str
) -> None:
    failed = {"ErrorCode": "11200", "ErrorUrl": "https://sms.example.com/sms/diary"}
    phone().post("/sms/fallback", message("STOP", **failed))
    assert opted_out(database_url) == [(ALICE, APP, "fallback")]
    phone().post("/sms/fallback", message("START", **failed))
    assert opted_out(database_url) == []
    report = {"MessageSid": "SM1", "MessageStatus": "failed", "From": APP, "To": ALICE}
    phone().post("/sms/status", {**report, "ErrorCode": "30003"})
    assert opted_out(database_url) == []
    phone().post("/sms/status", {**report, "ErrorCode": "21610"})
    assert opted_out(database_url) == [(ALICE, APP, "error 21610")]


@pytest.mark.parametrize("body", ["STOP", "START"])
def test_a_setting_passes_all_keywords_to_the_flow(
    make_server: Callable[..., object], database_url: str, body: str
) -> None:
    server = make_server(OPT_OUT_WORDS="off")
    client = server.test_client(use_cookies=False)  # type: ignore[attr-defined]
    assert Twilio(client).hears("diary", body) == body
    assert opted_out(database_url) == []
