"""Take the README's pictures of the phone: `make screenshots`, while `make run` runs elsewhere."""

import shutil
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

TALK = ("hi", "hi again 👋", "are you still\ncounting?")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        for number, scheme in enumerate(("light", "dark")):
            page = browser.new_page(viewport={"width": 1_200, "height": 800})
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            page.goto("http://127.0.0.1:8000/phone/")
            page.get_by_label("My number").fill(f"+1202555012{number}")
            page.get_by_label("My number").blur()
            for turn, body in enumerate(TALK, start=1):
                page.get_by_label("Message", exact=True).fill(body)
                page.keyboard.press("Enter")
                expect(page.locator("#messages .bubble")).to_have_count(2 * turn)
            page.screenshot(path=Path(__file__).with_name(f"phone-{scheme}.png"))
        browser.close()


if __name__ == "__main__":
    main()
