"""One Chromium and one development server for all tests of the page in a process."""

import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.server.running import Server, free_port, running
from tests.services.upstream import PICTURE, said, sends, source
from tests.simulator.test_simulator import OWNER
from tests.webhook import development

KEEP = "if (!sessionStorage.getItem('phones')) sessionStorage.setItem('phones', JSON.stringify({}))"

COUNT = itertools.count(2_000)

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    port = free_port()
    settings = {**development(port), "FORWARD_TO": OWNER, "STATUS_CALLBACKS": "on"}
    folder = tmp_path_factory.mktemp("page")
    with (
        source(sends(said(PICTURE))) as (url, _),
        running(folder, {**settings, "MMS_SOURCE_URL": url}, port=port) as server,
    ):
        yield server


@pytest.fixture(scope="session")
def context(chromium: Browser, server: Server) -> Iterator[BrowserContext]:
    context = chromium.new_context(base_url=f"http://127.0.0.1:{server.port}")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield context
    context.close()


@pytest.fixture
def numbers() -> Mapping[str, str]:
    """Two numbers that only this test uses."""
    end = next(COUNT)
    return {"from": f"+1202555{end:04d}", "to": f"+1303555{end:04d}"}


@pytest.fixture
def open_page(
    context: BrowserContext, server: Server, numbers: Mapping[str, str]
) -> Iterator[Open]:
    """Open a page with its own number.

    Afterwards there must be no message in its console, no error, no violation of the content
    security policy, and no request to another host.
    """
    ours, problems = f"http://127.0.0.1:{server.port}/", []
    pages: list[Page] = []

    def make(flow: str = "counter", **given: Any) -> Page:
        page = context.new_page()
        page.on("console", lambda said: problems.append(said.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "request",
            lambda made: None if made.url.startswith(ours) else problems.append(made.url),
        )
        phones = [{"flow": flow, **numbers, "fate": "delivered", **given}]
        page.add_init_script(KEEP.replace("{}", json.dumps(phones)))
        page.goto("/phone/")
        expect(page.get_by_label("Flow", exact=True).first).to_have_value(flow)
        pages.append(page)
        return page

    yield make
    for page in pages:
        page.close()
    assert problems == []


@pytest.fixture
def page(open_page: Open) -> Page:
    return open_page()


def bubbles(page: Page) -> list[str]:
    return page.locator(".messages .bubble").all_inner_texts()


def say(page: Page, body: str, expected: int) -> None:
    """Type and send with the keyboard, and wait for so many bubbles."""
    page.get_by_label("Message", exact=True).fill(body)
    page.keyboard.press("Enter")
    expect(page.locator(".messages .bubble")).to_have_count(expected)


def press(page: Page, name: str) -> None:
    """Press a button in the tools, after opening its group."""
    button = page.locator(".tools button", has_text=re.compile(f"^{name}$"))
    group = page.locator(".tools details", has=page.locator(f"button:text-is('{name}')"))
    if group.get_attribute("open") is None:
        group.locator("summary").click()
    button.click()


def copied(page: Page, what: str = "Copy as test") -> str:
    press(page, what)
    expect(page.get_by_role("status").first).to_contain_text("Copied")
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text
