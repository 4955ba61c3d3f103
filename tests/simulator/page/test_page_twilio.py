"""More of Twilio's features on the page: phones, channels, services, receipts, opt-outs."""

from collections.abc import Mapping

import pytest
from playwright.sync_api import Page, expect

from tests.simulator.page.conftest import Open, press, say
from tests.simulator.test_simulator import OWNER

pytestmark = pytest.mark.live
SERVICE = f"MG{'0' * 32}"


def numbers_of(page: Page) -> None:
    page.locator(".numbers summary").click()


def test_the_owners_thread_is_beside_the_customers(
    open_page: Open, numbers: Mapping[str, str]
) -> None:
    page, mine = open_page("forward"), numbers["from"]
    say(page, "hello?", 1)
    page.get_by_role("button", name="Add a phone").click()
    stranger, owner = page.get_by_label("Phone 1"), page.get_by_label("Phone 2")
    expect(owner.locator(".pair")).to_have_text(f"{OWNER} to {numbers['to']}")
    expect(owner.locator(".messages .bubble")).to_have_text(f"{mine}: hello?")
    owner.get_by_label("Message", exact=True).fill(f"{mine} on my way")
    owner.get_by_label("Message", exact=True).press("Enter")
    expect(stranger.locator(".messages .bubble")).to_have_text(["hello?", "on my way"])
    expect(page.locator("#deliveries .said").first).to_have_text(f"{mine} on my way")
    stranger.get_by_label("Message", exact=True).focus()
    expect(page.locator("#deliveries .said")).to_have_text("hello?")
    page.reload()
    expect(page.locator("section.phone")).to_have_count(2)
    owner.get_by_role("button", name="Close this phone").click()
    expect(page.locator("section.phone")).to_have_count(1)


def test_another_tab_shows_the_same_events(open_page: Open) -> None:
    first, second = open_page(), open_page()
    say(first, "hi", 2)
    expect(second.locator(".messages .bubble")).to_have_count(2)


@pytest.mark.parametrize(
    ("channel", "beginning", "parameter"),
    [("WhatsApp", "whatsapp:", "WaId"), ("RCS", "rcs:", "To")],
)
def test_a_channel_is_selected_for_both_addresses(
    page: Page, numbers: Mapping[str, str], channel: str, beginning: str, parameter: str
) -> None:
    say(page, "hi", 2)
    numbers_of(page)
    page.get_by_label("Channel").select_option(channel)
    expect(page.get_by_label("My number")).to_have_value(f"{beginning}{numbers['from']}")
    say(page, "hi", 2)
    expect(page.locator("#deliveries tr", has_text=parameter).first).to_be_attached()
    page.get_by_label("Channel").select_option("SMS")
    expect(page.get_by_label("My number")).to_have_value(numbers["from"])


def test_the_messaging_service_is_sent_with_a_text(page: Page) -> None:
    numbers_of(page)
    page.get_by_label("Messaging Service").fill("MG1")
    page.get_by_label("Messaging Service").blur()
    expect(page.get_by_role("status")).to_contain_text("The Messaging Service is not one.")
    page.get_by_label("Messaging Service").fill(SERVICE)
    page.get_by_label("Messaging Service").blur()
    say(page, "hi", 2)
    row = page.locator("#deliveries tr", has_text="MessagingServiceSid").first
    expect(row.locator("td")).to_have_text(SERVICE)


def test_the_final_status_of_replies_can_be_selected(page: Page) -> None:
    say(page, "hi", 2)
    expect(page.locator("#deliveries")).to_contain_text("2 delivery receipts")
    numbers_of(page)
    page.get_by_label("What becomes of replies").select_option("30003")
    say(page, "hi", 4)
    bubble = page.locator(".messages .failed")
    expect(bubble).to_contain_text("undelivered: 30003 the phone cannot be reached")
    newest = page.locator("#deliveries > details").first
    newest.get_by_text("2 delivery receipts").click()
    receipt = newest.locator(".attempt", has_text="/sms/status").last
    expect(receipt.locator("tr", has_text="ErrorCode").locator("td")).to_have_text("30003")
    expect(receipt.locator("h3")).to_contain_text("POST /sms/status → 200")


def test_a_slow_network_shows_the_indicator(page: Page) -> None:
    page.get_by_label("Message", exact=True).fill("hi")
    press(page, "Slow network")
    expect(page.locator(".typing")).to_be_visible()
    expect(page.locator(".pending .bubble")).to_have_text("hi")
    expect(page.locator(".messages .bubble")).to_have_count(2)
