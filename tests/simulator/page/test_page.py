"""The page in a real Chromium: conversations, and bugs found by manual tests."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from parley.testing import Sms
from tests.simulator.page.conftest import Open, bubbles, copied, press, say
from tests.simulator.page.test_copied_test import play
from tests.simulator.test_simulator import OWNER

pytestmark = pytest.mark.live
HELLO = "Hello, thanks for the new message!"


def test_a_conversation_with_the_counter(page: Page) -> None:
    say(page, "hi", 2)
    say(page, "hi again 😀", 4)
    assert bubbles(page) == ["hi", HELLO, "hi again 😀", "Your current count is 1"]
    expect(page.locator("#remembered")).to_have_text(re.compile(r'\{\s*"count": 2\s*\}'))
    expect(page.locator("#cookie")).to_contain_text("of 4096 bytes")
    expect(page.locator("#left")).to_have_text(re.compile(r"^(4:00:00|3:59:\d\d)$"))
    before = page.locator("#left").inner_text()
    expect(page.locator("#left")).not_to_have_text(before)
    expect(page.locator(".twiml").first).to_contain_text(">Your current count is 1</Message>")
    heads = page.locator("#deliveries h3")
    expect(heads.first).to_have_text(re.compile(r"POST /sms/counter → 200 in"))
    page.get_by_text("As a curl command").first.click()
    expect(page.locator("#deliveries")).to_contain_text("X-Twilio-Signature")


def test_forget_and_four_hours_later(page: Page) -> None:
    say(page, "hi", 2)
    say(page, "hi", 4)
    press(page, "Lose the cookie")
    expect(page.locator("#cookie")).to_contain_text("No cookie")
    say(page, "hi", 6)
    press(page, "Four hours later")
    expect(page.locator("#cookie")).to_contain_text("No cookie")
    say(page, "hi", 8)
    say(page, "hi", 10)
    answers = bubbles(page)[1::2]
    assert answers == [HELLO, "Your current count is 1", HELLO, HELLO, "Your current count is 1"]


def test_send_again_two_at_once_and_the_previous_cookie(page: Page) -> None:
    for expected in (2, 4):
        say(page, "hi", expected)
    press(page, "Deliver again")
    expect(page.locator(".messages .bubble")).to_have_count(6)
    press(page, "Two at once")
    expect(page.locator(".messages .bubble")).to_have_count(10)
    press(page, "The cookie before")
    say(page, "hi", 12)  # without waiting: actions run in order
    answers = [text for text in bubbles(page) if text.startswith("Your")]
    assert answers == [f"Your current count is {count}" for count in (1, 1, 2, 2, 2)]


def test_a_picture_without_a_text_is_shown_and_has_its_type(page: Page) -> None:
    press(page, "A picture")
    image = page.locator(".messages img")
    expect(image).to_have_js_property("complete", value=True)
    box = image.bounding_box()
    assert box is not None
    assert (box["width"] > 200, box["height"] > 100) == (True, True)
    expect(page.locator("#deliveries tr", has_text="MediaContentType0").locator("td")).to_have_text(
        "image/jpeg"
    )
    served = page.request.get(image.get_attribute("src") or "")
    assert served.headers["content-type"] == "image/jpeg"


def test_a_picture_of_another_host_is_loaded_only_after_a_click(open_page: Open) -> None:
    page = open_page("mms-reply")
    say(page, "woof", 2)
    button = page.get_by_role("button", name="Show the picture from images.example.com")
    expect(button).to_be_visible()
    assert page.locator(".messages img").count() == 0


def test_every_step_is_copied_as_a_test_that_passes(page: Page, sms: Sms) -> None:
    say(page, "hi", 2)
    press(page, "Deliver again")
    press(page, "A picture")
    press(page, "Lose the cookie")
    press(page, "Two at once")
    press(page, "Half an hour later")
    press(page, "Tomorrow")
    say(page, "bye", 12)
    source = copied(page)
    for step in ("delivered again", "cookie lost", "cookie before", "24 hours 30 minutes later"):
        assert f"* {step}\n" in source
    assert "/phone/static/picture.jpg]" in source
    play(source, sms)
    assert copied(page, "Copy transcript").splitlines()[1:3] == ["> hi", f"< {HELLO}"]
    assert copied(page, "Copy as curl").startswith("curl --silent")


def test_selecting_a_thread_selects_its_flow(page: Page, numbers: Mapping[str, str]) -> None:
    flow = page.get_by_label("Flow", exact=True)
    say(page, "hi", 2)
    flow.select_option("message-number")
    say(page, "hi", 2)
    threads = page.locator(".threads button", has_text=numbers["from"])
    threads.filter(has_text="counter").click()
    expect(flow).to_have_value("counter")
    expect(page.locator(".messages .bubble").last).to_have_text(HELLO)
    expect(page.locator("#remembered")).to_have_text(re.compile(r"count"))
    threads.filter(has_text="message-number").click()
    expect(flow).to_have_value("message-number")
    say(page, "again", 4)
    assert bubbles(page)[-1] == "Hello, thanks for message number 2"


def test_the_row_of_threads_scrolls_to_the_current_one(page: Page) -> None:
    for flow in ("message-number", "static-reply", "sign-up", "directory", "appointment"):
        page.get_by_label("Flow", exact=True).select_option(flow)
        say(page, "hi", 2)
    current = page.locator(".threads [aria-current=true]")
    expect(current).to_contain_text("appointment")
    expect(current).to_be_in_viewport()


def test_no_empty_text_is_sent_and_a_double_enter_sends_one(page: Page) -> None:
    message = page.get_by_label("Message", exact=True)
    message.press("Enter")
    message.fill("   ")
    page.get_by_role("button", name="Send", exact=True).click()
    message.fill("hi")
    message.press("Enter")
    message.press("Enter")
    expect(page.locator(".messages .bubble")).to_have_text(["hi", HELLO])
    press(page, "Slow network")
    expect(page.get_by_role("status")).to_have_text("Write a text first.")
    expect(page.locator("#deliveries > details")).to_have_count(1)


def test_an_invalid_number_is_reported(page: Page) -> None:
    page.locator(".numbers summary").click()
    page.get_by_label("My number").fill("0551")
    page.get_by_label("My number").blur()
    expect(page.get_by_role("status")).to_contain_text("My number is not one. Write it in full")
    page.get_by_label("Message", exact=True).fill("hi")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Message", exact=True)).to_have_value("hi")
    expect(page.locator(".messages .bubble")).to_have_count(0)


def test_right_to_left_text_is_displayed_correctly(page: Page) -> None:
    say(page, "مرحبا، 2 pizza من فضلك.", 2)
    mine, theirs = (page.locator(".bubble").nth(place) for place in (0, 1))
    assert mine.evaluate("each => getComputedStyle(each).direction") == "rtl"
    assert theirs.evaluate("each => getComputedStyle(each).direction") == "ltr"
    page.get_by_label("Message", exact=True).fill("שלום")
    assert page.get_by_label("Message", exact=True).evaluate("e => e.matches(':dir(rtl)')")


def test_a_reload_of_the_browser_keeps_flow_number_threads_and_draft(
    page: Page, numbers: Mapping[str, str]
) -> None:
    say(page, "hi", 2)
    page.get_by_label("Flow", exact=True).select_option("sign-up")
    say(page, "hi", 2)
    page.get_by_label("Message", exact=True).fill("Zo")
    page.reload()
    expect(page.locator(".messages .bubble")).to_have_text(["hi", "What is your name?"])
    expect(page.get_by_label("Flow", exact=True)).to_have_value("sign-up")
    expect(page.get_by_label("Message", exact=True)).to_have_value("Zo")
    expect(page.locator(".pair")).to_contain_text(numbers["from"])
    expect(page.locator(".threads button", has_text=numbers["from"])).to_have_count(2)


@pytest.mark.parametrize("word", ["STOP", "Stop.", "cancel"])
def test_a_stop_word_is_answered_by_twilio_and_shown_in_the_thread(page: Page, word: str) -> None:
    say(page, word, 2)
    assert bubbles(page)[1].startswith("You have successfully been unsubscribed.")
    expect(page.locator(".opted-out")).to_be_visible()
    say(page, "hi", 4)
    expect(page.locator("#errors")).to_contain_text("21610 the recipient has opted out")
    expect(page.locator(".messages .failed")).to_have_count(1)
    say(page, "START", 6)
    expect(page.locator(".opted-out")).to_be_hidden()


def test_a_forwarded_text_arrives_in_the_other_thread(
    open_page: Open, numbers: Mapping[str, str]
) -> None:
    page, mine = open_page("forward"), numbers["from"]
    say(page, "two\nlines", 1)
    page.get_by_title(f"{OWNER} → {numbers['to']}").click()
    expect(page.locator(".messages .bubble")).to_have_text(f"{mine}: two\nlines")
    say(page, f"{mine} coming", 3)
    page.get_by_title(f"{mine} → {numbers['to']}").click()
    # The previous thread has more bubbles, so wait for these texts and not for a number.
    expect(page.locator(".messages .bubble")).to_have_text(["two\nlines", "coming"])


def test_a_late_response_hides_no_text(page: Page) -> None:
    late: list[tuple[Route, APIResponse]] = []
    page.route("**/state?*", lambda route: late.append((route, route.fetch())), times=1)
    page.get_by_label("Flow", exact=True).select_option(
        "message-number"
    )  # makes the page load the state
    say(page, "hi", 2)
    [(route, seen_before)] = late
    with page.expect_response("**/state?*") as answered:
        route.fulfill(response=seen_before)
    answered.value.finished()
    page.evaluate("new Promise((done) => setTimeout(done, 100))")  # by now it would be shown
    assert len(bubbles(page)) == 2


def test_other_kinds_of_messages_can_be_sent(open_page: Open) -> None:
    page = open_page("appointment")

    def send(label: str, typed: str = "") -> None:
        page.get_by_label("Message", exact=True).fill(typed)
        page.get_by_label("Other messages").select_option(label)
        press(page, "Send it")

    say(page, "hi", 2)
    page.locator(".tools summary", has_text="Send").click()
    send("Like")
    expect(page.locator(".messages .bubble")).to_have_count(3)
    send("Contact card")
    expect(page.locator(".messages .bubble").nth(3)).to_have_text("Contact card")
    expect(page.locator(".messages .bubble").nth(4)).to_contain_text("can't read contact cards")
    send("Button (WhatsApp)", "1")
    expect(page.locator(".pair")).to_contain_text("whatsapp:+1202555")
    expect(page.locator(".messages .bubble")).to_have_count(2)
    send("Button (WhatsApp)", "1")
    expect(page.locator(".messages .bubble").last).to_contain_text("On which day?")


def test_the_screenshots_in_the_guide_exist() -> None:
    for name in ("phone-light.png", "phone-dark.png"):
        file = Path(__file__).parents[3] / "docs" / name
        assert file.read_bytes().startswith(b"\x89PNG")
        assert name in (Path(__file__).parents[3] / "docs/simulator.md").read_text()
