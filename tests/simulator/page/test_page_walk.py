"""Random walks over the real buttons, whose copied test reproduces them."""

import random

import pytest
from playwright.sync_api import expect

from parley.testing import Sms
from tests.simulator.page.conftest import Open, copied, press
from tests.simulator.page.test_copied_test import TEXTS, play

pytestmark = pytest.mark.live
STEPS = 12
BUTTONS = (
    *("A picture", "Send it", "Deliver again", "Two at once", "Let the next text overtake"),
    *("Lose the cookie", "The cookie before", "Half an hour later", "Four hours later"),
    *("Tomorrow", "Lose the answer", "Server down", "Slow network", "Clear the thread"),
)


@pytest.mark.parametrize("flow", ["menu", "counter", "appointment", "five-letters"])
def test_a_random_walk_over_the_buttons_is_reproduced(open_page: Open, sms: Sms, flow: str) -> None:
    page, dice = open_page(flow), random.Random(flow)
    message = page.get_by_label("Message", exact=True)
    samples = page.locator("[name=sample] option:not([data-whatsapp])")
    names = samples.evaluate_all("all => all.map(each => each.value)")
    for _ in range(STEPS):
        message.fill(dice.choice(TEXTS))
        chips = page.locator(".chips button")
        if dice.random() < 0.5:
            message.press("Enter")
        elif chips.count() and dice.random() < 0.5:
            chips.first.click()
        else:
            page.locator("[name=sample]").evaluate(
                "(each, value) => { each.value = value; }", dice.choice(names)
            )
            press(page, dice.choice(BUTTONS))
        expect(page.locator(".typing")).to_be_hidden()
    message.fill("hi")
    message.press("Enter")
    expect(page.locator(".typing")).to_be_hidden()
    play(copied(page), sms)
