"""The addresses that the page accepts."""

import pytest

from parley.simulator.page.addresses import problem

MINE, APP = "+12025550123", "+12025550199"


@pytest.mark.parametrize(
    "address",
    [
        MINE,
        "72345",
        "747",
        "whatsapp:+12025550123",
        "rcs:shop_agent",
        "rcs:+12025550123",
        "messenger:12",
    ],
)
def test_an_address_is_accepted(address: str) -> None:
    assert problem(address, APP, "") == problem(MINE, address, "") == ""


@pytest.mark.parametrize(
    "address",
    ["", "0551", "12", "123456789", "+0551", "+1", "+1202555012x", "sms:+12025550123", "a b@"],
)
def test_another_text_is_not_an_address(address: str) -> None:
    assert problem(address, APP, "").startswith(
        "My number is not one. Write it in full, like +1202"
    )
    assert problem(MINE, address, "").startswith("The app's number is not one.")


def test_a_name_can_be_a_sender_but_not_a_recipient() -> None:
    assert problem("MYBANK", APP, "") == ""
    assert problem(MINE, "MYBANK", "").startswith("The app's number is not one.")


def test_a_messaging_service_has_a_sid() -> None:
    assert problem(MINE, APP, f"MG{'0a' * 16}") == ""
    assert problem(MINE, APP, "MG123").startswith("The Messaging Service is not one.")
