"""A picture from MEDIA_FOLDER on the simulator's page, in a real Chromium."""

from base64 import b64decode
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.server.running import free_port, running
from tests.webhook import development

SHOW = """
from parley import Outgoing, Reply


def show(message, session, *, media):
    return Reply(Outgoing("Look.", media_urls=(media("dot.png"),)))
"""
DOT = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.mark.live
def test_the_page_shows_a_picture_of_the_folder(chromium: Browser, tmp_path: Path) -> None:
    for name in ("flows", "pictures"):
        (tmp_path / name).mkdir()
    (tmp_path / "flows/show.py").write_text(SHOW)
    (tmp_path / "pictures/dot.png").write_bytes(DOT)
    port = free_port()
    settings = {
        **development(port),
        "FLOWS": str(tmp_path / "flows"),
        "MEDIA_FOLDER": str(tmp_path / "pictures"),
    }
    with running(tmp_path, settings, port=port):
        page = chromium.new_page()
        page.goto(f"http://127.0.0.1:{port}/phone/")
        page.get_by_label("Message", exact=True).fill("hi")
        page.keyboard.press("Enter")
        image = page.locator(".messages img")
        expect(image).to_have_js_property("naturalWidth", 1, timeout=20_000)
        assert f":{port}/sms/media/" in (image.get_attribute("src") or "")
        page.close()
