"""Many thousands of requests without a valid signature, each with a real sender's cookie."""

import random
import string
from collections.abc import Callable
from typing import NamedTuple

import pytest
from flask import Flask

from parley.simulator.signing import HMAC_SHA256, sign
from tests.evidence.attacks.captured import Sent, send
from tests.evidence.attacks.resplit import Split
from tests.evidence.plugin import Record, sizes
from tests.webhook import PUBLIC_URL, SECRET, TOKEN, Twilio, message, signature

PATH = "/sms/recorder"
OTHER_URLS = ("http://sms.example.com", "https://sms.example.org", "https://sms.example.com:8443")
BASE64 = string.ascii_letters + string.digits + "+/="
ALGORITHMS = ("none", "HMAC_MD5", "HMAC_SHA256", "hmac_sha1", "HMAC_SHA1,algorithm=HMAC_SHA1", "")


class Attempt(NamedTuple):
    """A form, its signature, and the header with the algorithm."""

    form: dict[str, str]
    signature: str
    settings: str = ""


def unsigned(form: dict[str, str]) -> Attempt:
    return Attempt(form, random.choice(("", " ", "None", "=", "A" * 27 + "=", "A" * 44)))


def with_another_key(form: dict[str, str]) -> Attempt:
    cut = random.randrange(len(TOKEN))
    keys = ("", "None", " ", SECRET, TOKEN[:cut], TOKEN[cut + 1 :], TOKEN + " ", TOKEN[::-1])
    return Attempt(form, signature(PUBLIC_URL + PATH, form, random.choice(keys)))


def nearly_right(form: dict[str, str]) -> Attempt:
    """Return the correct signature with one character changed."""
    right = signature(PUBLIC_URL + PATH, form)
    place = random.randrange(len(right))
    other = random.choice(BASE64.replace(right[place], ""))
    return Attempt(form, right[:place] + other + right[place + 1 :])


def of_another_text(form: dict[str, str]) -> Attempt:
    """Return the correct signature for a form with one changed character."""
    name = random.choice([name for name, value in form.items() if value])
    place = random.randrange(len(form[name]))
    changed = f"{form[name][:place]}~{form[name][place + 1 :]}"
    return Attempt({**form, name: changed}, signature(PUBLIC_URL + PATH, form))


def of_another_url(form: dict[str, str]) -> Attempt:
    host, path = PUBLIC_URL, random.choice((f"{PATH}/", f"{PATH}-two", "/sms", f"{PATH}?"))
    if random.random() < 0.5:
        host, path = random.choice(OTHER_URLS), PATH
    return Attempt(form, signature(host + path, form))


def by_another_algorithm(form: dict[str, str]) -> Attempt:
    """Return the token's SHA-1 with the name of another algorithm, or its SHA-256."""
    if random.random() < 0.5:
        settings = f"key=k,algorithm={random.choice(ALGORITHMS)}"
        return Attempt(form, signature(PUBLIC_URL + PATH, form), settings)
    by_256 = sign(PUBLIC_URL + PATH, form, TOKEN, HMAC_SHA256)
    return Attempt(form, by_256, random.choice(("", "key=k,algorithm=HMAC_SHA256")))


WAYS: tuple[Callable[[dict[str, str]], Attempt], ...] = (
    unsigned,
    with_another_key,
    nearly_right,
    of_another_text,
    of_another_url,
    by_another_algorithm,
)
BODIES = ("hi", "x" * 100, "é 🎉", "a=b&c")


@pytest.mark.threat("S1")
@sizes(600, short=24_000, long=300_000)
def test_no_request_without_a_valid_signature_reaches_a_flow(
    app: Flask, alice: Twilio, size: int, record: Record
) -> None:
    """Alice texts after every hundred requests, which shows that the flow records."""
    let_in = refused = turns = lost = 0
    for count in range(size):
        sent = attempted(app, WAYS[count % len(WAYS)](message(random.choice(BODIES))), alice.cookie)
        let_in += sent.turn is not None
        refused += sent.status == 403
        if count % 100 == 0:
            form = message()
            right = Attempt(form, signature(PUBLIC_URL + PATH, form))
            turn = attempted(app, right, alice.cookie).turn
            turns += 1
            lost += turn is None or turn.count != 2
    record(
        "requests without a valid signature",
        inputs=size,
        turns=turns,
        refused=refused,
        lost=lost,
        let_in=let_in,
        note=f"{len(WAYS)} kinds, each with Alice's cookie",
    )
    assert refused == size


def attempted(app: Flask, attempt: Attempt, cookie: str) -> Sent:
    split = Split(PATH, tuple(attempt.form.items()))
    return send(app, split, attempt.signature, cookie, settings=attempt.settings)
