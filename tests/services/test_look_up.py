"""The services `look_up`, `national` and `country_of`."""

import sys

import pytest

from parley.conversation import ServiceError, Session
from parley.services.look_up import lookup
from parley.services.phone_numbers import country_of, national
from parley.services.twilio_api import TwilioApi, TwilioRejected
from tests.rest.stand_in import StandIn, error
from tests.server.running import ROOT, printed
from tests.webhook import SETTINGS

NUMBER = "+14159929960"
FREE = {"is_valid": True, "country": "US", "national": "(415) 992-9960"}
UNKNOWN = {"carrier": None, "line_type": None, "caller_name": None}


def test_a_lookup_without_fields_is_free(api: TwilioApi, stand_in: StandIn) -> None:
    assert lookup(api)(NUMBER) == {**FREE, **UNKNOWN}
    assert stand_in.asked[0].path == f"/v2/PhoneNumbers/{NUMBER}"
    assert stand_in.asked[0].given == {}


def test_fields_are_requested_by_name(api: TwilioApi, stand_in: StandIn) -> None:
    line = {"carrier": "verizon", "line_type": "mobile"}
    assert lookup(api)(NUMBER, "line_type") == {**FREE, **UNKNOWN, **line}
    found = lookup(api)(f"whatsapp:{NUMBER}", "line_type", "caller_name")
    assert found == {**FREE, **line, "caller_name": "Sergio Suarez"}
    fields = [each.given["Fields"] for each in stand_in.asked]
    assert fields == [["line_type_intelligence"], ["line_type_intelligence,caller_name"]]


def test_a_script_can_store_the_result(api: TwilioApi) -> None:
    assert Session({"found": lookup(api)(NUMBER, "line_type")})["found"]["line_type"] == "mobile"


def test_a_number_that_is_not_in_use_is_invalid(api: TwilioApi) -> None:
    assert lookup(api)("+15550000000")["is_valid"] is False


@pytest.mark.parametrize(
    "number",
    ["", "12345", "+1", "Mallory", "+1555/../../Accounts", "+1555123\n0000", "+1?Fields=a"],
)
def test_only_a_complete_number_is_sent(api: TwilioApi, stand_in: StandIn, number: str) -> None:
    with pytest.raises(ServiceError, match="not a phone number in full"):
        lookup(api)(number)
    assert stand_in.asked == []


def test_an_unknown_field_is_a_value_error(api: TwilioApi) -> None:
    with pytest.raises(ValueError, match="look_up has no field sim_swap: write line_type or"):
        lookup(api)(NUMBER, "sim_swap")


def test_a_rejection_by_twilio_is_a_service_error(api: TwilioApi, stand_in: StandIn) -> None:
    stand_in.instead = lambda _: error(429, 20429, f"Too many: {NUMBER}")
    with pytest.raises(TwilioRejected) as caught:
        lookup(api)(NUMBER)
    assert NUMBER not in str(caught.value)


@pytest.mark.parametrize(
    ("number", "written", "country"),
    [
        ("+12015550123", "(201) 555-0123", "US"),
        ("+442083661177", "020 8366 1177", "GB"),
        ("+4930123456", "030 123456", "DE"),
        ("+525512345678", "55 1234 5678", "MX"),
        ("whatsapp:+12015550123", "(201) 555-0123", "US"),
        ("12345", "12345", ""),
        ("+", "+", ""),
        ("ACME", "ACME", ""),
        ("+1555", "+1555", ""),
        ("", "", ""),
    ],
)
def test_national_formats_of_numbers(number: str, written: str, country: str) -> None:
    assert national(number) == written
    assert country_of(number) == country


FLOW = """
from parley import Reply

def whence(message, session, *, national):
    return Reply(national(message.from_))
"""


def test_the_optional_package_is_loaded_when_used_and_required_at_startup(
    tmp_path: object,
) -> None:
    code = f"""
import sys
if len(sys.argv) > 2:
    sys.modules["phonenumbers"] = None  # as if it were not installed
sys.path.insert(0, "app")
from pathlib import Path
Path(sys.argv[1], "whence.py").write_text({FLOW!r})
from parley import FlowError, create_app
try:
    create_app(flows=[sys.argv[1]])
except FlowError as error:
    print(error)
print(sys.modules.get("phonenumbers"))
"""
    shown = [
        printed(ROOT, [sys.executable, "-c", code, str(tmp_path), *more], **SETTINGS)
        for more in ([], ["without"])
    ]
    assert shown[0] == "None\n"
    assert (
        "whence.py, line 4: the flow whence: national and country_of need a package: pip"
        in (shown[1])
    )
