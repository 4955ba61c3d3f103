"""The sample messages on the page: the parameters of each, and a script's reaction."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from parley.conversation.understanding import what_is
from parley.simulator.page.actions import ACTIONS, BadAction
from parley.simulator.page.phone import Phone
from parley.simulator.page.samples import BY_NAME, CARD
from parley.testing import AUTH_TOKEN, PUBLIC_URL, RECIPIENT, SENDER, Sms

KINDS = {
    "liked": "tapback",
    "unliked": "tapback",
    "laughed": "tapback",
    "unlaughed": "tapback",
    "driving": "auto-reply",
    "urgent": "auto-reply",
    "out-of-office": "auto-reply",
    "card": "contact",
    "location": "location",
    "thanks": "courtesy",
    "bye": "courtesy",
    "button": None,
    "list": None,
    "please-stop": "stop wish",
    "no-more": "stop wish",
    "start": "start keyword",
    "yes": None,
    "type-stop": "stop wish",
    "type-own": None,
    "type-start": "start keyword",
    "type-help": None,
}
WHATSAPP = {"from_": f"whatsapp:{SENDER}", "to": f"whatsapp:{RECIPIENT}"}
Send = Callable[..., Mapping[str, str]]


@pytest.fixture
def sms(sms: Sms) -> Sms:
    return sms(settings={"FLOWS": "flows,tests.understanding.case_flows"})


@pytest.fixture
def send(sms: Sms) -> Send:
    """Send a sample to a flow, and return the parameters that Twilio sent."""
    phone = Phone(
        public_url=PUBLIC_URL,
        auth_token=AUTH_TOKEN,
        flows={},
        simulator=sms.twilio,
        open_cookie=lambda *_: {},
        segments=lambda _: {},
        explain=lambda *_: {},
    )

    def send_sample(
        name: str, typed: str = "", flow: str = "asks", from_: str = SENDER, to: str = RECIPIENT
    ) -> Mapping[str, str]:
        given = {"flow": flow, "from": from_, "to": to, "body": typed, "sample": name}
        ACTIONS["sample"](phone, {**given, "service": "", "fate": ""})
        return sms.twilio.deliveries[(from_, to)][-1].parameters

    return send_sample


@pytest.mark.parametrize("name", BY_NAME)
def test_every_sample_is_recognized(send: Send, name: str) -> None:
    addresses = WHATSAPP if BY_NAME[name].is_whatsapp else {}
    sent = send(name, **addresses)
    found = what_is(sent["Body"], media=int(sent["NumMedia"]), parameters=sent)
    assert found == KINDS[name]


def test_a_reaction_quotes_the_last_message(sms: Sms, send: Send) -> None:
    question = sms.text("asks", "hi")
    assert send("liked")["Body"] == f"Liked “{question}”"
    assert sms.text("asks", "Bob") == "How many?", "the question is not pending any more"


def test_a_contact_card_is_a_file_on_the_page(send: Send) -> None:
    sent = send("card")
    assert sent["Body"] == ""
    assert sent["MediaContentType0"] == "text/vcard"
    assert sent["MediaUrl0"] == f"{PUBLIC_URL}/phone/static/{CARD}"
    static = Path(__file__).parents[3] / "app/parley/simulator/page/static"
    assert (static / CARD).read_text().startswith("BEGIN:VCARD")


@pytest.mark.parametrize(("name", "parameter"), [("button", "ButtonPayload"), ("list", "ListId")])
def test_a_button_answers_a_choice(sms: Sms, send: Send, name: str, parameter: str) -> None:
    phone = sms(from_=WHATSAPP["from_"], to=WHATSAPP["to"])
    phone.text("people", "hi")
    sent = send(name, "4 people", "people", **WHATSAPP)
    assert sent[parameter] == sent["Body"] == "4 people"
    assert sms.twilio.threads[(WHATSAPP["from_"], WHATSAPP["to"])][-1].body == "4 people"


def test_a_whatsapp_message_has_whatsapps_parameters(send: Send) -> None:
    sent = send("location", **WHATSAPP)
    assert sent["MessageType"] == "location"
    assert sent["WaId"] == SENDER[1:]
    assert {"ProfileName", "Latitude", "Longitude"} <= sent.keys()
    assert not [name for name in sent if "City" in name or "Zip" in name]


def test_only_whatsapp_sends_buttons_and_locations(send: Send) -> None:
    with pytest.raises(BadAction, match="whatsapp:"):
        send("button")
    with pytest.raises(BadAction, match="no such sample"):
        send("nothing")


def test_an_accounts_own_opt_out_keyword_works(sms: Sms, send: Send) -> None:
    sms.text("asks", "hi")
    assert send("type-own")["OptOutType"] == "STOP"
    assert sms.twilio.threads[(SENDER, RECIPIENT)][-1].from_ == "Twilio"
    send("yes")
    said = [each.body for each in sms.twilio.threads[(SENDER, RECIPIENT)]]
    assert said[-1].startswith("You have successfully been re-subscribed.")
    assert said[-2] == "YES"
