"""Usability of the page: fast, stable, and usable by keyboard, screen reader and at any width."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from tests.simulator.page.conftest import Open, bubbles, press, say

pytestmark = pytest.mark.live
AXE = Axe()


def violations(page: Page) -> list[str]:
    """Return the violations that axe-core finds, best practices included."""
    found = AXE.run(page).response["violations"]
    return [f"{each['id']}: {node['target']}" for each in found for node in each["nodes"]]


def test_a_bubble_appears_immediately_with_an_indicator(page: Page) -> None:
    waiting: list[Route] = []
    page.route("**/text", lambda route: waiting.append(route), times=1)
    before = page.locator(".compose").bounding_box()
    page.get_by_label("Message", exact=True).fill("hi")
    page.keyboard.press("Enter")
    expect(page.locator(".pending .bubble")).to_have_text("hi")
    expect(page.locator(".pending .small")).to_have_text("sending…")
    expect(page.locator(".typing")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("Sending…")
    assert page.locator(".compose").bounding_box() == before, "the composer moved"
    waiting[0].continue_()
    expect(page.locator(".messages .bubble")).to_have_count(2)
    expect(page.locator(".pending .bubble")).to_have_count(0)
    expect(page.locator(".typing")).to_be_hidden()
    assert page.locator(".compose").bounding_box() == before
    expect(page.locator(".messages time").first).to_have_attribute(
        "datetime", re.compile(r"^20\d\d-\d\d-\d\dT")
    )


def test_a_thread_scrolls_to_its_end_unless_the_user_scrolled_up(page: Page) -> None:
    for expected in range(2, 26, 2):
        say(page, "hi\nthere", expected)
    last = page.locator(".messages li").last
    expect(last).to_be_in_viewport()
    page.locator(".scroll").evaluate("each => { each.scrollTop = 0; }")
    expect(page.locator(".newest")).to_be_visible()
    page.locator(".newest").click()
    expect(last).to_be_in_viewport()
    expect(page.locator(".newest")).to_be_hidden()


def test_loading_a_picture_moves_nothing(page: Page) -> None:
    page.route("**/picture.jpg", lambda _route: None)  # the picture never loads
    press(page, "A picture")
    box = page.locator(".messages img").bounding_box()
    assert box is not None
    assert box["height"] > 100
    page.unroute("**/picture.jpg")


def test_messages_keep_their_elements_so_screen_readers_read_them_once(page: Page) -> None:
    say(page, "hi", 2)
    page.evaluate("window.first = document.querySelector('.messages li')")
    say(page, "hi", 4)
    assert page.evaluate("window.first === document.querySelector('.messages li')")


def test_the_page_is_usable_by_keyboard(page: Page) -> None:
    page.get_by_label("Message", exact=True).focus()
    page.keyboard.type("hi")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("there")
    page.keyboard.press("Enter")
    expect(page.locator(".messages .bubble")).to_have_count(2)
    assert bubbles(page)[0] == "hi\nthere"

    def tab_to(text: str) -> None:
        for _ in range(30):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent.trim()") == text:
                return page.keyboard.press("Enter")
        raise AssertionError(f"{text} cannot be reached")

    tab_to("Simulate")
    tab_to("Lose the cookie")
    expect(page.locator("#cookie")).to_contain_text("No cookie")


def empty(page: Page) -> None:
    expect(page.locator(".empty .chip").first).to_be_visible()


def conversation(page: Page) -> None:
    say(page, "sign up", 2)
    say(page, "Zoë – 👋", 4)
    press(page, "A picture")
    expect(page.locator(".messages .bubble")).to_have_count(6)
    page.locator(".numbers summary").click()
    page.get_by_text("Parameters").first.click()
    page.get_by_text("Explain why a signature was refused").click()


def error(page: Page) -> None:
    say(page, "STOP", 2)
    say(page, "counter", 4)
    page.locator(".tools summary", has_text="Simulate").click()
    page.locator(".small summary").last.click()


def two_phones(page: Page) -> None:
    say(page, "counter", 2)
    page.get_by_role("button", name="Add a phone").click()
    expect(page.locator("section.phone")).to_have_count(2)
    expect(page.get_by_label("Phone 2").locator(".empty")).to_be_visible()


@pytest.mark.parametrize("scene", [empty, conversation, error, two_phones])
def test_axe_core_finds_nothing(open_page: Open, scene: Callable[[Page], None]) -> None:
    page = open_page("menu")
    scene(page)
    for width, scheme in ((1_280, "light"), (390, "dark"), (390, "light"), (1_280, "dark")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        assert violations(page) == [], (width, scheme)


@pytest.mark.parametrize("width", [320, 390, 768, 1_280, 1_600])
def test_it_fits_every_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    say(page, "x" * 200, 2)
    page.locator(".tools summary", has_text="Simulate").click()
    page.locator(".numbers summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    compose = page.locator(".compose").bounding_box()
    assert compose is not None
    assert compose["x"] >= 0
    assert compose["x"] + compose["width"] <= width
    inside = page.locator("#inside").bounding_box()
    assert inside is not None
    assert width - inside["x"] - inside["width"] < 40, "the page is narrower than the window"


def test_the_dark_scheme_is_dark(page: Page) -> None:
    for scheme, is_dark in (("light", False), ("dark", True)):
        page.emulate_media(color_scheme="dark" if is_dark else "light")
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", paper))) < 384) is is_dark, scheme


def test_reduced_motion_disables_animations(page: Page) -> None:
    name = "getComputedStyle(document.querySelector('.typing span')).animationName"
    assert page.evaluate(name) == "typing"
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(name) == "none"
    styles = Path(__file__).parents[3] / "app/parley/simulator/page/static"
    assert not re.findall(
        r"transition|(?<!over)scroll-behavior",
        "".join(each.read_text() for each in styles.glob("*.css")),
    )
