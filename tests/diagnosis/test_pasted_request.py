"""Pasted requests: from Twilio's debugger, as a curl command, or as lines."""

import json

import pytest

from parley.diagnosis.pasted_request import PastedRequest, read_pasted
from parley.simulator.curl import curl
from parley.simulator.signed_text import JSON

URL = "https://sms.example.com/sms/counter"
PAIRS = {"From": "+15551230001", "Body": "a b & c", "ToCity": ""}
BODY = b"From=%2B15551230001&Body=a+b+%26+c&ToCity="
SIGNED = {"X-Twilio-Signature": "abc=", "Host": "sms.example.com"}
EVENT = {
    "resource_sid": "SM0",
    "error_code": "11200",
    "webhook": {
        "type": "application/json",
        "request": {"url": URL, "method": "POST", "headers": SIGNED, "parameters": PAIRS},
        "response": {"status_code": 403},
    },
}
ALERT = {
    "error_code": "11200",
    "request_url": URL,
    "request_method": "POST",
    "request_variables": BODY.decode(),
    "request_headers": "X-Twilio-Signature=abc%3D&Host=sms.example.com",
}
LINES = f"{URL}\nFrom=+15551230001\nBody=a b & c\nToCity=\nX-Twilio-Signature: abc="
RAW = "POST /sms/counter HTTP/1.1\nHost: sms.example.com\nX-Twilio-Signature: abc=\n\n"
RAW += BODY.decode()


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(EVENT),
        json.dumps({"Sid": "NO0", "Level": "ERROR", "Payload": json.dumps(EVENT)}),
        json.dumps(ALERT, indent=2),
        LINES,
        RAW,
        f"curl '{URL}' -H 'X-Twilio-Signature: abc=' \\\n -d 'From=+15551230001' "
        "--data-urlencode 'Body=a b & c' -d ToCity=",
    ],
    ids=["payload", "event", "alert", "lines", "raw", "curl"],
)
def test_every_format_is_read_as_the_same_request(text: str) -> None:
    found = read_pasted(f"\n{text}\n")
    assert (found.url, found.method, found.body, found.signature) == (URL, "POST", BODY, "abc=")
    assert found.content_type == "application/x-www-form-urlencoded"


def test_the_curl_commands_from_the_page_are_read() -> None:
    form = read_pasted(curl(URL, PAIRS, "token"))
    assert form.body == BODY
    body = read_pasted(curl(URL, PAIRS, "token", kind=JSON))
    assert json.loads(body.body) == PAIRS
    assert body.content_type == "application/json"
    assert "?bodySHA256=" in body.url


def test_the_parameters_of_a_get_are_in_its_url() -> None:
    event = {"request_url": URL, "request_method": "GET", "request_variables": "Body=hi"}
    assert read_pasted(json.dumps(event)) == PastedRequest(f"{URL}?Body=hi", "GET")
    assert read_pasted(f"GET {URL}?Body=hi\nBody=hi").url == f"{URL}?Body=hi"


@pytest.mark.parametrize(
    "text", ["", "hello", "{", "[]", "{}", "curl 'x", '{"Payload": "{"}', "Body=hi"]
)
def test_the_error_about_anything_else_says_what_to_paste(text: str) -> None:
    with pytest.raises(ValueError, match="Paste the URL in one line"):
        read_pasted(text)


def test_a_request_is_not_in_its_repr() -> None:
    assert "sms.example.com" not in repr(read_pasted(LINES))
    assert "abc=" not in repr(read_pasted(LINES))
