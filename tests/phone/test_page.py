"""The page in a real Chromium: what a newcomer sees first."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    APIResponse,
    BrowserContext,
    Page,
    Route,
    expect,
    sync_playwright,
)

from tests.outside.source import PICTURE, said, sends, source
from tests.phone.test_conversation import OWNER
from tests.server.running import Server, free_port, running
from tests.twilio import SECRET, TOKEN

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
QUIET += ["--disable-component-update", "--disable-sync", "--disable-quic"]

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(
        CHROMIUM is None, reason="there is no chromium here: apt-get install chromium, or .ci/run"
    ),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    port = free_port()
    settings = {
        "PARLEY_MODE": "development",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "TWILIO_AUTH_TOKEN": TOKEN,
        "SESSION_SECRET": SECRET,
        "FORWARD_TO": OWNER,
    }
    folder = tmp_path_factory.mktemp("page")
    with (
        source(sends(said(PICTURE))) as (url, _),
        running(folder, {**settings, "MMS_SOURCE_URL": url}, port=port) as server,
    ):
        yield server


@pytest.fixture(scope="module")
def context(server: Server) -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        context = browser.new_context(base_url=f"http://127.0.0.1:{server.port}")
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        expect.set_options(timeout=20_000)  # milliseconds: a browser beside other tests is slow
        yield context
        browser.close()


@pytest.fixture
def page(context: BrowserContext, server: Server, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page with a number of its own; no error in its console, no request to another host."""
    page = context.new_page()
    problems: list[str] = []
    ours = f"http://127.0.0.1:{server.port}/"
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "request", lambda made: None if made.url.startswith(ours) else problems.append(made.url)
    )
    page.goto("/phone/")
    number = sum(map(ord, request.node.name)) % 1_000
    page.get_by_label("My number").fill(f"+1202555{number:04d}")
    page.get_by_label("My number").blur()
    yield page
    page.close()
    assert problems == []


def bubbles(page: Page) -> list[str]:
    return page.locator("#messages .bubble").all_inner_texts()


def say(page: Page, body: str, expected: int) -> None:
    """Type and send with the keyboard, and wait for so many bubbles."""
    page.get_by_label("Message", exact=True).fill(body)
    page.keyboard.press("Enter")
    expect(page.locator("#messages .bubble")).to_have_count(expected)


def test_the_counters_conversation(page: Page) -> None:
    say(page, "hi", 2)
    say(page, "hi again 😀", 4)
    assert bubbles(page) == [
        "hi",
        "Hello, thanks for the new message!",
        "hi again 😀",
        "Your current count is 1",
    ]
    expect(page.locator("#messages .small").nth(2)).to_have_text("UCS-2, 1 segment")
    expect(page.locator("#remembered")).to_have_text(re.compile(r'\{\s*"count": 2\s*\}'))
    expect(page.locator("#cookie")).to_contain_text("of 4096 bytes")
    expect(page.locator("#left")).to_have_text(re.compile(r"^(4:00:00|3:59:\d\d)$"))
    before = page.locator("#left").inner_text()
    expect(page.locator("#left")).not_to_have_text(before)
    expect(page.locator(".twiml")).to_contain_text("<Message>Your current count is 1</Message>")
    expect(page.locator("#deliveries h3")).to_have_text(re.compile(r"POST /sms/counter → 200 in"))
    page.get_by_text("As a curl command").click()
    expect(page.locator("#deliveries")).to_contain_text("X-Twilio-Signature")


def test_forgetting_and_four_hours(page: Page) -> None:
    say(page, "hi", 2)
    say(page, "hi", 4)
    page.get_by_role("button", name="Forget the cookie").click()
    expect(page.locator("#cookie")).to_contain_text("No cookie")
    say(page, "hi", 6)
    page.get_by_role("button", name="Four hours later").click()
    expect(page.locator("#cookie")).to_contain_text("No cookie")
    say(page, "hi", 8)
    say(page, "hi", 10)
    answers = bubbles(page)[1::2]
    hello = "Hello, thanks for the new message!"
    assert answers == [hello, "Your current count is 1", hello, hello, "Your current count is 1"]


def test_again_two_at_once_and_the_cookie_before(page: Page) -> None:
    for expected in (2, 4):
        say(page, "hi", expected)
    page.get_by_role("button", name="Deliver again").click()
    expect(page.locator("#messages .bubble")).to_have_count(6)
    page.get_by_role("button", name="Two at once").click()
    expect(page.locator("#messages .bubble")).to_have_count(10)
    expect(page.locator("#deliveries .panel")).to_have_count(2)
    page.get_by_role("button", name="The cookie before").click()
    say(page, "hi", 12)  # at once: orders are carried out in their order
    answers = [text for text in bubbles(page) if text.startswith("Your")]
    assert answers == [f"Your current count is {count}" for count in (1, 1, 2, 2, 2)]


def test_a_forwarded_text_arrives_in_the_other_thread(page: Page) -> None:
    mine = page.get_by_label("My number").input_value()
    page.get_by_label("Flow").select_option("forward")
    say(page, "two\nlines", 1)
    page.get_by_role("button", name=f"{OWNER} →").click()
    expect(page.locator("#messages .bubble")).to_have_text(f"{mine}: two\nlines")
    assert page.get_by_label("My number").input_value() == OWNER
    say(page, f"{mine} coming", 2)
    page.get_by_role("button", name=f"{mine} →").click()
    # The thread that was left has two bubbles, too: wait for these, not for their number.
    expect(page.locator("#messages .bubble")).to_have_text(["two\nlines", "coming"])
    assert bubbles(page) == ["two\nlines", "coming"]


def test_a_look_that_is_answered_late_hides_no_text(page: Page) -> None:
    late: list[tuple[Route, APIResponse]] = []
    page.route("**/state?*", lambda route: late.append((route, route.fetch())))
    page.get_by_label("Flow").select_option("message-number")  # makes the page look
    say(page, "hi", 2)
    [(route, seen_before)] = late
    with page.expect_response("**/state?*") as answered:
        route.fulfill(response=seen_before)
    answered.value.finished()
    page.evaluate("new Promise((done) => setTimeout(done, 100))")  # it would be shown by then
    assert len(bubbles(page)) == 2


def test_a_picture_is_shown_and_another_hosts_only_after_a_click(page: Page) -> None:
    page.get_by_role("button", name="Attach a picture").click()
    expect(page.locator("#messages img")).to_have_js_property("complete", value=True)
    assert page.locator("#messages img").evaluate("image => image.naturalWidth") > 0
    page.get_by_label("Flow").select_option("mms-reply")
    say(page, "woof", 4)
    button = page.get_by_role("button", name="Show the picture from images.example.com")
    expect(button).to_be_visible()
    assert page.locator("#messages img").count() == 1, "that of this server"


def test_a_stop_word_and_twilios_error(page: Page) -> None:
    page.get_by_role("button", name="Stop word").click()
    expect(page.locator("#messages .bubble")).to_have_count(2)
    assert bubbles(page)[1].startswith("You have successfully been unsubscribed.")
    say(page, "hi", 4)
    expect(page.locator("#errors")).to_contain_text("21610 the recipient has opted out: leave STOP")
    expect(page.locator("#messages .failed")).to_have_count(1)
    say(page, "START", 7)


def test_the_conversation_can_be_copied_as_a_test(page: Page) -> None:
    page.get_by_label("Flow").select_option("message-number")
    say(page, "hi", 2)
    page.get_by_role("button", name="Copy as test").click()
    expect(page.get_by_role("status")).to_contain_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "> hi\n< Hello, thanks for the new message."


@pytest.mark.parametrize("width", [320, 390, 1_280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_every_screen(page: Page, width: int, scheme: str) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    say(page, "x" * 200, 2)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", paper))) < 384) is (scheme == "dark")


def test_the_keyboard_alone_is_enough(page: Page) -> None:
    page.get_by_label("Message", exact=True).focus()
    page.keyboard.type("hi")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("there")
    page.keyboard.press("Enter")
    expect(page.locator("#messages .bubble")).to_have_count(2)
    assert bubbles(page)[0] == "hi\nthere"
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Forget the cookie":
            page.keyboard.press("Enter")
            break
    expect(page.locator("#cookie")).to_contain_text("No cookie")


def test_screenshots_of_the_readme_are_there() -> None:
    for name in ("phone-light.png", "phone-dark.png"):
        file = Path(__file__).parents[2] / "docs" / name
        assert file.read_bytes().startswith(b"\x89PNG")
        assert name in (Path(__file__).parents[2] / "README.md").read_text()
