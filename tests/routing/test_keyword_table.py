"""The sender of the replies to STOP, HELP and START: the table in docs/routing.md, by cell.

A simulated Twilio texts the application. The simulator decides if Twilio replies, and Parley if
Parley does, so the two agree if exactly one of them replies.
"""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from parley.simulator.carrier import Sent
from parley.simulator.delivery import Webhook
from parley.simulator.in_process import over_wsgi
from parley.simulator.simulator import TwilioSimulator
from parley.testing import AUTH_TOKEN, PUBLIC_URL, Clock
from parley.twilio.facts import HELP_WORDS, START_WORDS, STOP_WORDS
from tests.memories import MakeApp
from tests.memories import environ as environ
from tests.memories import served as served

GUIDE = (Path(__file__).parents[2] / "docs/routing.md").read_text()
ALICE = "+15551230001"
_numbers = itertools.count(1)
SERVICE = {"MessagingServiceSid": "MG" + "0" * 32}
SENDERS: dict[str, tuple[str, str, dict[str, str]]] = {
    "long code": (ALICE, "+15559870002", {}),
    "toll-free": (ALICE, "+18885550100", {}),
    "short code": (ALICE, "12345", {}),
    "Messaging Service": (ALICE, "12345", SERVICE),
    "RCS": (f"rcs:{ALICE}", "rcs:agent", {}),
    "WhatsApp": (f"whatsapp:{ALICE}", "whatsapp:+15559870002", {}),
}
"""The addresses and the additional parameters, by the columns of the table."""
REPLIES = {"STOP_REPLY": "Bye.", "HELP_REPLY": "We are here.", "START_REPLY": "Welcome back."}
OTHERS = sorted(STOP_WORDS - {"STOP"})
ROWS: dict[str, tuple[tuple[str, ...], list[str], str]] = {
    "STOP": ((), ["STOP"], "STOP"),
    "CANCEL and the other words for STOP": ((), OTHERS, "STOP"),
    "HELP, INFO": ((), sorted(HELP_WORDS), "HELP"),
    "START, UNSTOP after STOP": (("STOP",), ["START", "UNSTOP"], "START"),
    "YES after STOP": (("STOP",), ["YES"], "START"),
    "START, UNSTOP otherwise": ((), ["START", "UNSTOP"], "START"),
    "YES otherwise": ((), ["YES"], ""),
}
"""By the rows of the table: the texts before, the keywords, and their OptOutType."""


def table() -> dict[str, dict[str, str]]:
    """Return the cells by row and column."""
    part = GUIDE.partition("## Who answers STOP, HELP and START")[2].partition("\n## ")[0]
    lines = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("|")]
    columns = [each.strip() for each in lines[0][1:]]
    return {row: dict(zip(columns, cells, strict=True)) for row, *cells in lines[2:]}


class Phone:
    """One number that texts another, by a simulated Twilio."""

    def __init__(self, app: Flask, column: str, path: str) -> None:
        from_, self.to, self.more = SENDERS[column]
        self.from_ = from_.replace(ALICE, f"+1555123{next(_numbers):04}")
        self.twilio = TwilioSimulator(over_wsgi(app), Clock(), stops_loops=False)
        self.webhook = Webhook(f"{PUBLIC_URL}{path}", AUTH_TOKEN)

    def answers(self, body: str, told: str = "") -> str:
        """Return the sender of the reply to a text, as the table names it, or `no one`."""
        more = {**self.more, **({"OptOutType": told} if told else {})}
        delivery = self.twilio.text(self.webhook, self.from_, self.to, body, (), more)
        assert delivery.response
        assert delivery.response.status == 200
        assert not delivery.errors
        thread = self.twilio.threads[(self.from_, self.to)]
        last = max(n for n, each in enumerate(thread) if each.from_ == self.from_)
        said = [_who(each) for each in thread[last + 1 :]]
        assert len(said) <= 1, said
        return said[0] if said else "no one"


@pytest.fixture
def make_phone(served: MakeApp) -> Callable[..., Phone]:
    """Make one of several phones that text the same application."""
    made: dict[str, Flask] = {}

    def make(column: str, path: str, **settings: str) -> Phone:
        if "app" not in made:
            made["app"] = served(
                {**REPLIES, **settings},
                flows=["tests.routing.shop"],
                routes=[{"default": "counter"}],
            )
        return Phone(made["app"], column, path)

    return make


def _who(sent: Sent) -> str:
    if sent.from_ == "Twilio":
        return "the network" if sent.body.startswith("NETWORK MSG") else "Twilio"
    return "Parley" if sent.body in REPLIES.values() else "the flow"


def test_the_table_has_every_row_and_column() -> None:
    found = table()
    assert list(found) == list(ROWS)
    assert {tuple(cells) for cells in found.values()} == {(*SENDERS, "`OptOutType`")}
    words = {word for _, each, _ in ROWS.values() for word in each}
    assert words == STOP_WORDS | HELP_WORDS | START_WORDS


@pytest.mark.parametrize("path", ["/sms", "/sms/counter"])
@pytest.mark.parametrize("column", SENDERS)
@pytest.mark.parametrize("row", ROWS)
def test_the_reply_comes_from_the_one_in_the_table(
    make_phone: Callable[..., Phone], row: str, column: str, path: str
) -> None:
    before, words, _ = ROWS[row]
    for word in words:
        phone = make_phone(column, path)
        for text in before:
            phone.answers(text)
        assert phone.answers(word) == table()[row][column], word
        if before and (row, column) != ("YES after STOP", "toll-free"):
            assert phone.answers("hello") == "the flow"


@pytest.mark.parametrize("column", [each for each in SENDERS if each != "short code"])
@pytest.mark.parametrize("row", [row for row in ROWS if ROWS[row][2]])
def test_with_opt_out_type_the_flow_is_not_called(
    make_phone: Callable[..., Phone], row: str, column: str
) -> None:
    before, words, told = ROWS[row]
    for word in words:
        phone = make_phone(column, "/sms")
        for text in before:
            phone.answers(text, "STOP")
        expected = table()[row]["`OptOutType`"]
        if column == "toll-free":
            special = {"STOP", "START", "UNSTOP"}
            expected = "the network" if word in special else "no one" if word == "YES" else expected
        assert phone.answers(word, told) == expected, word


def test_with_opt_out_words_off_parley_replies_to_no_keyword(
    make_phone: Callable[..., Phone],
) -> None:
    phone = make_phone("short code", "/sms", OPT_OUT_WORDS="off")
    assert [phone.answers(word) for word in ("STOP", "HELP", "START")] == ["the flow"] * 3


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "You will get no more texts from us. Reply START to get them again."),
        ("es", "No recibirás más mensajes nuestros. Responde START para volver a recibirlos."),
    ],
)
def test_there_are_default_replies_to_keywords(
    make_phone: Callable[..., Phone], language: str, said: str
) -> None:
    none = dict.fromkeys(REPLIES, "")
    phone = make_phone("short code", "/sms", SCRIPT_LANGUAGE=language, **none)
    for word in ("STOP", "HELP", "START"):
        assert phone.answers(word) == "the flow", "the reply is not one of REPLIES"
    bodies = [each.body for each in phone.twilio.threads[(phone.from_, phone.to)]]
    assert bodies[1] == said
    assert "STOP" in bodies[3]
    assert "STOP" in bodies[5]
