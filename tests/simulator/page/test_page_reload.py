"""The page in a real Chromium while the server reloads."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.server.running import until
from tests.server.test_reloading import FLOW, OTHER, Project, serving

pytestmark = pytest.mark.live


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with serving(tmp_path) as project:
        yield project


@pytest.fixture
def page(chromium: Browser, project: Project) -> Iterator[Page]:
    page = chromium.new_page(base_url=f"http://127.0.0.1:{project.server.port}")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/")
    page.locator(".numbers summary").click()
    yield page
    page.close()
    assert errors == []


def say(page: Page, body: str) -> None:
    page.get_by_label("Message", exact=True).fill(body)
    page.keyboard.press("Enter")


def test_an_open_page_shows_a_reload_and_a_loading_error(page: Page, project: Project) -> None:
    bubbles, alarm = page.locator(".messages .bubble"), page.locator("#load-error")
    expect(page).to_have_url(f"http://127.0.0.1:{project.server.port}/phone/")
    page.get_by_label("My number").fill("+12025550111")
    say(page, "hi")
    expect(bubbles).to_have_text(["hi", "Soup 1 for 3"])
    expect(alarm).to_be_hidden()

    project.save("lunch.py", FLOW.replace("-> Reply:", "->"))
    expect(alarm).to_contain_text("flows/lunch.py, line 4: cannot be imported: SyntaxError")
    expect(alarm).to_contain_text("def lunch(message: Message")
    expect(bubbles).to_have_text(["hi", "Soup 1 for 3"])
    say(page, "hi")
    expect(page.get_by_role("status")).to_have_text("The flows could not be loaded.")
    page.get_by_label("Message", exact=True).fill("")

    project.save("lunch.py", FLOW.replace("Soup", "Stew"))
    expect(alarm).to_be_hidden()
    expect(page.locator(".messages .event")).to_contain_text(["The server was reloaded."])
    say(page, "hi")
    expect(bubbles).to_have_text(["hi", "Soup 1 for 3", "hi", "Stew 2 for 3"])


def test_a_new_flow_can_be_selected_and_a_browser_reload_keeps_it(
    page: Page, project: Project
) -> None:
    project.save("dinner.py", OTHER)
    page.get_by_label("Flow", exact=True).select_option("dinner")
    page.get_by_label("My number").fill("+12025550112")
    say(page, "hi")
    expect(page.locator(".messages .bubble")).to_have_text(["hi", "Soup 1 for 3"])
    page.reload()
    expect(page.locator(".messages .bubble")).to_have_text(["hi", "Soup 1 for 3"])
    expect(page.get_by_label("Flow", exact=True)).to_have_value("dinner")
    expect(page.get_by_label("My number")).to_have_value("+12025550112")


SCRIPT = """\
from parley import Script, choice, script

PRICES = {"soup": 3}


@script
def lunch() -> Script:
    name = yield "Your name?"
    dish = yield from choice("Which dish?", ("soup", "cake"))
    return f"{dish} for {name}: {PRICES[dish]}."
"""


def test_an_error_is_shown_on_the_page_and_in_the_terminal_until_it_is_fixed(
    page: Page, project: Project
) -> None:
    project.save("lunch.py", SCRIPT)
    bubbles, failures = (
        page.locator(".messages .bubble"),
        page.locator(".messages .failure .sentence"),
    )
    until(lambda: "Reloaded: flows/lunch.py" in project.server.log())
    page.get_by_label("My number").fill("+12025550112")
    say(page, "hi")
    say(page, "Zoë")
    menu = "Which dish?\n1. soup\n2. cake"
    expect(bubbles).to_have_text(["hi", "Your name?", "Zoë", menu])
    expect(page.locator("#answers dt")).to_have_text(["Your name?", menu])
    expect(page.locator("#answers dd")).to_have_text(["Zoë", "(it waits for the answer)"])
    say(page, "2")
    sentence = "flows/lunch.py, line 10: the script lunch raised KeyError: 'cake'"
    expect(failures).to_have_text([sentence])
    log = project.server.log()
    assert "text=2 ms=" in log
    assert f"\n{sentence}\nTraceback (most recent call last):\n" in log
    assert "PRICES[dish]" in log

    project.save("lunch.py", SCRIPT.replace('"soup": 3', '"soup": 3, "cake": 4'))
    expect(page.locator(".messages .event")).to_contain_text(["The server was reloaded."])
    expect(failures).to_have_text([sentence])
    say(page, "2")
    expect(bubbles.last).to_have_text("cake for Zoë: 4.")
