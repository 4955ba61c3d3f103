"""Requests of strangers who have no signature for them, many thousands; who is heard is counted."""

import random
import string
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from flask import Flask
from twilio.request_validator import RequestValidator

from prove.rows import Row
from prove.strangers.application import application
from tests.resplit import Split
from tests.strangers import Sent, send
from tests.twilio import PUBLIC_URL, SECRET, TOKEN, message, signature

PATH = "/sms/witness"
SHORT, LONG = 24_000, 300_000
OTHER_URLS = ("http://sms.example.com", "https://sms.example.org", "https://sms.example.com:8443")
BASE64 = string.ascii_letters + string.digits + "+/="
ALGORITHMS = ("none", "HMAC_MD5", "HMAC_SHA256", "hmac_sha1", "HMAC_SHA1,algorithm=HMAC_SHA1", "")


class Knock(NamedTuple):
    """A form, the signature that is given with it, and what its header says of that."""

    form: dict[str, str]
    signature: str
    settings: str = ""


def unsigned(form: dict[str, str]) -> Knock:
    return Knock(form, random.choice(("", " ", "None", "=", "A" * 27 + "=", "A" * 44)))


def with_another_key(form: dict[str, str]) -> Knock:
    cut = random.randrange(len(TOKEN))
    keys = ("", "None", " ", SECRET, TOKEN[:cut], TOKEN[cut + 1 :], TOKEN + " ", TOKEN[::-1])
    return Knock(form, signature(PUBLIC_URL + PATH, form, random.choice(keys)))


def nearly_right(form: dict[str, str]) -> Knock:
    """One character of the right signature is another."""
    right = signature(PUBLIC_URL + PATH, form)
    place = random.randrange(len(right))
    other = random.choice(BASE64.replace(right[place], ""))
    return Knock(form, right[:place] + other + right[place + 1 :])


def of_another_text(form: dict[str, str]) -> Knock:
    """The right signature, and one character of one value is another."""
    name = random.choice([name for name, value in form.items() if value])
    place = random.randrange(len(form[name]))
    changed = f"{form[name][:place]}~{form[name][place + 1 :]}"
    return Knock({**form, name: changed}, signature(PUBLIC_URL + PATH, form))


def of_another_url(form: dict[str, str]) -> Knock:
    host, path = PUBLIC_URL, random.choice((f"{PATH}/", f"{PATH}-two", "/sms", f"{PATH}?"))
    if random.random() < 0.5:
        host, path = random.choice(OTHER_URLS), PATH
    return Knock(form, signature(host + path, form))


def by_another_algorithm(form: dict[str, str]) -> Knock:
    """The token's SHA-1 where another one is named, and its SHA-256 where none is or that is."""
    if random.random() < 0.5:
        settings = f"key=k,algorithm={random.choice(ALGORITHMS)}"
        return Knock(form, signature(PUBLIC_URL + PATH, form), settings)
    by_256 = RequestValidator(TOKEN).compute_signature(PUBLIC_URL + PATH, form, "HMAC_SHA256")
    return Knock(form, by_256, random.choice(("", "key=k,algorithm=HMAC_SHA256")))


WAYS: tuple[Callable[[dict[str, str]], Knock], ...] = (
    unsigned,
    with_another_key,
    nearly_right,
    of_another_text,
    of_another_url,
    by_another_algorithm,
)


def knocks() -> Iterator[Knock]:
    while True:
        for way in WAYS:
            yield way(message(random.choice(("hi", "x" * 100, "é 🎉", "a=b&c"))))


def strangers(*, long: bool) -> list[Row]:
    """After every hundredth of them Alice texts, and must be heard: the witness is awake."""
    number = LONG if long else SHORT
    let_in = refused = turns = lost = 0
    with application() as (app, alice):
        for count, knock in enumerate(islice(knocks(), number)):
            one = at_the_door(app, knock, alice.cookie)
            let_in += one.turn is not None
            refused += one.status == 403
            if count % 100 == 0:
                form = message()
                signed = signature(PUBLIC_URL + PATH, form)
                hers = at_the_door(app, Knock(form, signed), alice.cookie).turn
                turns += 1
                lost += hers is None or hers.count != 1
    return [
        Row(
            "requests without a signature for them",
            inputs=number,
            turns=turns,
            refused=refused,
            lost=lost,
            let_in=let_in,
            held=refused == number,
            note=f"{len(WAYS)} ways to do without the token, each with Alice's cookie",
        )
    ]


def at_the_door(app: Flask, knock: Knock, cookie: str) -> Sent:
    split = Split(PATH, tuple(knock.form.items()))
    return send(app, split, knock.signature, cookie, settings=knock.settings)
