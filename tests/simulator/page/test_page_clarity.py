"""Information on the page: routes, session, errors, events, and the requests of a thread."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.simulator.page.conftest import Open, bubbles, copied, press, say

pytestmark = pytest.mark.live


def test_all_flows_are_the_first_option_with_keywords_as_chips(open_page: Open) -> None:
    page = open_page("menu")
    expect(page.locator("[name=flow] option").first).to_have_text("all flows (one number)")
    empty = page.locator(".empty")
    expect(empty).to_contain_text("Text one of these words:")
    expect(empty.locator(".routes li", has_text="APPOINTMENT")).to_contain_text(
        "Make an appointment"
    )
    expect(empty).to_contain_text("Any other text gets the menu.")
    empty.get_by_role("button", name="SIGN UP", exact=True).click()
    expect(page.locator(".messages .bubble")).to_have_text(["sign up", "What is your name?"])
    expect(page.locator(".runs")).to_have_text("sign-up waits for an answer")
    expect(page.locator(".chips button")).to_have_count(0)
    say(page, "menu", 4)
    assert bubbles(page)[-1].startswith("Text one of these words:")
    expect(page.locator(".runs")).to_be_hidden()
    page.locator(".chips").get_by_role("button", name="COUNTER", exact=True).click()
    expect(page.locator(".runs")).to_have_text("counter answered last")
    expect(page.locator("#own")).to_have_text(re.compile(r'\{\s*"count": 1\s*\}'))
    expect(page.locator("#deliveries h3").first).to_contain_text("POST /sms →")


def test_an_empty_thread_suggests_texts(page: Page) -> None:
    expect(page.locator(".empty h2")).to_have_text("counter")
    expect(page.locator(".summary")).to_contain_text("Count the texts of this conversation")
    page.locator(".empty").get_by_role("button", name="hi", exact=True).click()
    expect(page.locator(".messages .bubble")).to_have_count(2)
    expect(page.locator(".empty")).to_be_hidden()


def test_the_answers_to_a_question_are_chips(open_page: Open) -> None:
    page = open_page("appointment")
    say(page, "hi", 2)
    expect(page.locator(".chips button")).to_have_text(
        ["1. haircut", "2. beard trim", "3. colouring"]
    )
    page.get_by_role("button", name="2. beard trim").click()
    expect(page.locator(".messages .bubble")).to_have_count(4)
    assert bubbles(page)[2] == "2"


def test_the_session_of_a_script_is_shown_as_questions_and_answers(open_page: Open) -> None:
    page = open_page("menu")
    say(page, "sign up", 2)
    say(page, "Zoë", 4)
    expect(page.locator("#answers dt")).to_have_text(
        ["What is your name?", "Hello Zoë. What is your favourite colour?"]
    )
    expect(page.locator("#answers dd")).to_have_text(["Zoë", "(it waits for the answer)"])
    expect(page.locator("#cookie")).to_contain_text("The flow sign-up waits for an answer.")
    expect(page.locator("#remembered")).to_be_hidden()
    page.get_by_text("As it is stored").click()
    expect(page.locator("#remembered")).to_contain_text('"f": "sign-up"')


def test_segments_are_shown_if_there_are_several(open_page: Open) -> None:
    page = open_page("static-reply")
    say(page, "plain", 2)
    say(page, "a – dash", 4)
    say(page, "x" * 161, 6)
    facts = page.locator(".messages .mine .small summary")
    expect(facts.nth(0)).to_have_text(re.compile(r"^(\w+ \d+, )?\d\d?:\d\d( [AP]M)?$"))
    expect(facts.nth(1)).to_contain_text("· UCS-2 because of “\u2068–\u2069”, 1 segment")
    expect(facts.nth(2)).to_contain_text("· 2 segments")
    facts.nth(0).click()
    details = page.locator(".messages .mine .small").first
    expect(details).to_contain_text("GSM-7, 1 segment, 5 units")
    expect(details).to_contain_text(re.compile(r"SM[0-9a-f]{32}"))


def test_events_are_lines_in_the_thread(page: Page) -> None:
    say(page, "hi", 2)
    for button in ("Lose the cookie", "Four hours later", "Deliver again", "Two at once"):
        press(page, button)
    page.get_by_label("Message", exact=True).fill("late")
    press(page, "Let the next text overtake")
    events = page.locator(".messages .event")
    expect(events).to_have_count(5)
    told = [
        re.sub(r" \d\d?:.*| \d+ \w{3},.*| \w{3} \d.*", "", each)
        for each in events.all_inner_texts()
    ]
    assert told == [
        "The cookie was lost.",
        "4 hours later",
        "Delivered again:",
        "2 texts at once:",
        "Held back: late",
    ]
    press(page, "Clear the thread")
    expect(page.locator(".empty")).to_be_visible()
    expect(events).to_have_count(0)


def test_all_requests_of_the_thread_are_listed_and_the_newest_is_open(page: Page) -> None:
    for expected, body in ((2, "one"), (4, "two"), (6, "three")):
        say(page, body, expected)
    requests = page.locator("#deliveries > details")
    expect(requests.locator("> summary .said")).to_have_text(["three", "two", "one"])
    opened = requests.evaluate_all("all => all.map(each => each.open)")
    assert opened == [True, False, False]
    requests.nth(1).locator("> summary").click()
    say(page, "four", 8)
    opened = requests.evaluate_all("all => all.map(each => each.open)")
    assert opened == [True, False, True, False], "a request opened by the user must stay open"
    press(page, "Lose the answer")  # without a text, nothing is sent
    expect(requests).to_have_count(4)


@pytest.mark.parametrize(
    ("button", "error"),
    [
        ("Lose the answer", "11200 the webhook returned an error (it took more than 15 seconds)"),
        ("Server down", "11205 the webhook could not be reached (the connection is refused)"),
    ],
)
def test_an_error_is_explained_on_the_page(page: Page, button: str, error: str) -> None:
    page.get_by_label("Message", exact=True).fill("hi")
    press(page, button)
    expect(page.locator("#errors")).to_contain_text(error)
    expect(page.locator("#cookie")).to_contain_text("No cookie")


def test_the_servers_clock_is_moved_with_the_pages(open_page: Open) -> None:
    page = open_page("brief-counter")
    say(page, "hi", 2)
    press(page, "Half an hour later")
    say(page, "hi", 4)
    assert bubbles(page)[1] == bubbles(page)[3]
    expect(page.locator("#cookie")).to_contain_text("ahead, for Twilio and the server")


def test_copied_stays_when_another_tab_changes_the_thread(open_page: Open) -> None:
    page, other = open_page(), open_page()
    say(page, "hi", 2)
    expect(other.locator(".messages .bubble")).to_have_count(2)
    page.wait_for_timeout(1_000)  # the page has looked again
    copied(page)
    say(other, "hi", 4)
    expect(page.locator(".messages .bubble")).to_have_count(4)
    expect(page.get_by_role("status")).to_contain_text("Copied")


def test_the_requests_can_be_saved_as_an_archive(page: Page) -> None:
    say(page, "hi", 2)
    page.locator(".tools summary", has_text="Export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download HAR").click()
    assert download.value.suggested_filename == "conversation.har"
    text = download.value.path().read_text()
    assert '"version":"1.2"' in text.replace(" ", "")
    assert "X-Twilio-Signature" in text


def test_a_pasted_rejected_request_is_explained(page: Page) -> None:
    say(page, "hi", 2)
    curl = page.locator("#deliveries pre", has_text="curl --silent").first.text_content() or ""
    page.get_by_text("Explain why a signature was refused").click()
    form = page.locator("#explain")
    form.locator("textarea").fill(curl)
    form.get_by_role("button", name="Explain").click()
    expect(form.locator("output")).to_have_text("right — The signature is right.")
    form.locator("textarea").fill(curl.replace("/sms/counter", "/sms/counter/"))
    form.get_by_role("button", name="Explain").click()
    expect(form.locator("output")).to_contain_text("slash — ")
