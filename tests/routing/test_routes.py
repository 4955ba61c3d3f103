"""Routes: all errors in them are reported at startup."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from parley import Reply, flow
from parley.routing.routes import RoutesError, parse_routes, read_routes


@flow
def lunch(_message: Any, _session: Any) -> Reply:
    """Take an order."""
    return Reply("lunch")


@flow
def sign_up(_message: Any, _session: Any) -> Reply:
    """Sign up."""
    return Reply("sign up")


FLOWS = {"lunch": lunch, "sign-up": sign_up}


def test_without_routes_the_keyword_of_a_flow_is_its_name() -> None:
    (route,) = parse_routes([], FLOWS)
    assert route.by_keyword == {"lunch": "lunch", "sign up": "sign-up"}
    assert (route.default, route.to, route.service) == ("menu", (), "")


def test_a_file_contains_tables(tmp_path: Path) -> None:
    file = tmp_path / "routes.toml"
    file.write_text(
        '[[route]]\nto = ["+15550009999"]\ndefault = "lunch"\n'
        'hours = "Mon-Fri 9:00-17:00"\nclosed = "Closed."\n'
        '[[route]]\nkeywords = { eat = "lunch", "sign up" = "sign-up" }\n'
    )
    first, second = parse_routes(read_routes(file), FLOWS)
    assert (first.to, first.default, first.closed) == (("+15550009999",), "lunch", "Closed.")
    assert second.by_keyword == {"eat": "lunch", "sign up": "sign-up"}


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ({"default": "dinner"}, "Route 1 names the flow 'dinner', which does not exist: the flows"),
        ({"keywords": {"eat": "dinner"}}, "names the flow 'dinner'"),
        ({"keywords": {"STOP": "lunch"}}, "has the keyword 'STOP', which Twilio answers itself"),
        ({"keywords": {"start": "lunch"}}, "which Twilio answers itself"),
        ({"keywords": {"Menu": "lunch"}}, "which already opens the menu"),
        ({"keywords": {"eat": "lunch", "Eat!": "lunch"}}, "'eat' and 'Eat!', which are the same"),
        ({"keywords": {"!": "lunch"}}, "a keyword has letters or digits"),
        ({"keywords": {"x" * 41: "lunch"}}, "at most 40"),
        ({"keywords": {"eat": 5}}, "is not text"),
        ({"keywords": {5: "lunch"}}, "is not text"),
        ({"menu": "!"}, "has the menu word '!': it has letters or digits"),
        ({"menu": "Info"}, "has the menu word 'Info', which Twilio answers itself"),
        ({"to": [15550009999]}, "is not text"),
        ({"to": []}, "has a to without a number"),
        ({"to": ""}, "has a to without a number"),
        ("lunch", "Route 1 is not a table"),
        ({"to": "+15550009999", "service": "MG1"}, "has both to and service"),
        ({"hours": "9-5"}, "has wrong hours: '9-5' is not opening hours"),
        ({"closed_on": ["25.12."]}, "is closed on '25.12.', which is not a day"),
        ({"closed_on": ["2026-W01-1"]}, "is closed on '2026-W01-1', which is not a day"),
        ({"closed_on": ["W01-1"]}, "is closed on 'W01-1', which is not a day"),
        ({"closed_on": ["20261224"]}, "is closed on '20261224', which is not a day"),
        ({"closed_on": ["2026-02-29"]}, "is closed on '2026-02-29', which is not a day"),
        ({"to": "15550009999"}, "like +15550009999, 12345 or whatsapp:+15550009999"),
        ({"to": ["+1 555 000 9999"]}, "is for '+1 555 000 9999', which is not an address"),
        ({"to": "whatsapp:15550009999"}, "is for 'whatsapp:15550009999', which is not an address"),
        ({"to": "MYBANK"}, "like +15551230000, 12345 or whatsapp:+15551230000"),
        ({"service": "MG1"}, "is for the service 'MG1': write its SID, MG and 32 hexadecimal"),
        ({"hour": "9-5"}, "has hour, which is not one of to, service"),
        ({"default": 5}, "has a default of the wrong type"),
    ],
)
def test_each_error_is_reported(table: Any, problem: str) -> None:
    with pytest.raises(RoutesError) as error:
        parse_routes([table], FLOWS)
    assert problem in str(error.value)
    assert str(error.value).endswith(".")


def test_an_address_is_a_number_a_short_code_or_a_channel_address() -> None:
    to = ["+15550009999", "12345", "whatsapp:+15550009999", "messenger:104", "rcs:shop_agent"]
    assert parse_routes([{"to": to, "closed_on": ["02-29"]}], FLOWS)[0].to == tuple(to)


def test_all_errors_are_reported_together() -> None:
    with pytest.raises(RoutesError) as error:
        parse_routes([{"default": "a"}, {"default": "b"}], FLOWS)
    assert len(error.value.problems) == 3
    assert error.value.problems[2] == "Routes 1 and 2 are both for every number."


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("[[route]", "is not TOML"),
        ("[route]\nto = '+1'", "write every route as a [[route]] table"),
        ("[[routes]]\n", "contains routes: write every route as a [[route]] table"),
    ],
)
def test_the_error_about_a_file_without_routes_names_it(
    tmp_path: Path, content: str, problem: str
) -> None:
    file = tmp_path / "routes.toml"
    file.write_text(content)
    with pytest.raises(RoutesError, match=r"routes\.toml") as error:
        read_routes(file)
    assert problem in str(error.value)


def test_the_error_about_a_missing_file_names_it(tmp_path: Path) -> None:
    with pytest.raises(RoutesError, match=r"none\.toml cannot be read: No such file"):
        read_routes(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        ("2026-12-23T12:00", True),
        ("2026-12-24T12:00", False),
        ("2026-12-25T12:00", False),
        ("2027-12-24T12:00", True),
        ("2027-12-25T12:00", False),
        ("2026-12-23T18:00", False),
    ],
)
def test_days_can_be_closed_once_or_every_year(now: str, *, is_open: bool) -> None:
    table = {"hours": "Mon-Sun 9:00-17:00", "closed_on": ["2026-12-24", "12-25"]}
    (route,) = parse_routes([table], FLOWS)
    assert route.is_open(datetime.fromisoformat(now)) is is_open
