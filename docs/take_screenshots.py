"""Take pictures of the phone: `make screenshots`, while `make run` runs elsewhere.

The guide's two are written beside this file. With a folder as the argument, other scenes are
written there, to be looked at after a change of the page.
"""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from secrets import randbelow

from playwright.sync_api import Browser, Page, expect, sync_playwright

HERE = Path(__file__).parent
TALK = ("hi", "hair", "next monday")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def say(page: Page, body: str) -> None:
    before = page.locator(".messages .bubble").count()
    page.get_by_label("Message", exact=True).fill(body)
    page.keyboard.press("Enter")
    expect(page.locator(".messages .bubble")).to_have_count(before + 2)


def choose(page: Page, flow: str) -> None:
    page.get_by_label("Flow", exact=True).select_option(flow)
    expect(page.locator(".empty")).to_be_visible()


def conversation(page: Page) -> None:
    choose(page, "appointment")
    for body in TALK:
        say(page, body)


def menu(page: Page) -> None:
    choose(page, "menu")


def error(page: Page) -> None:
    choose(page, "menu")
    for body in ("STOP", "counter"):
        say(page, body)


def right_to_left(page: Page) -> None:
    choose(page, "sign-up")
    for body in ("hi", "نور", "back"):
        say(page, body)


def three_threads(page: Page) -> None:
    for flow in ("static-reply", "message-number", "sign-up"):
        choose(page, flow)
        say(page, "hi")


SCENES: dict[str, tuple[Callable[[Page], None], int, str]] = {
    "empty": (menu, 1_200, "light"),
    "conversation": (conversation, 1_600, "light"),
    "error": (error, 1_200, "light"),
    "narrow": (conversation, 390, "light"),
    "dark": (conversation, 1_200, "dark"),
    "right-to-left": (right_to_left, 1_200, "light"),
    "three-threads": (three_threads, 1_200, "dark"),
}
"""What is done, the width of the window, and the colours, by the name of the picture."""
OF_THE_GUIDE = {f"phone-{scheme}": (conversation, 1_200, scheme) for scheme in ("light", "dark")}


def take(
    browser: Browser, folder: Path, scenes: dict[str, tuple[Callable[[Page], None], int, str]]
) -> None:
    for name, (play, width, scheme) in scenes.items():
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.goto("http://127.0.0.1:8000/phone/")
        page.locator(".numbers summary").click()
        page.get_by_label("My number").fill(f"+1202555{randbelow(10_000):04d}")
        page.get_by_label("My number").blur()
        page.locator(".numbers summary").click()
        play(page)
        page.screenshot(path=folder / f"{name}.png")
        page.close()


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        if sys.argv[1:]:
            take(browser, Path(sys.argv[1]), SCENES)
        else:
            take(browser, HERE, OF_THE_GUIDE)
        browser.close()


if __name__ == "__main__":
    main()
