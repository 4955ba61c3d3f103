"""The texts that every peer is sent: signed, with 20 parameters, and the same in each run."""

import random
from collections.abc import Iterator

from parley.http_client import Request
from parley.simulator.signed_text import signed_text
from tests.webhook import APP, PUBLIC_URL, TOKEN

PATH = "/sms/counter"
WORDS = ("yes", "no", "maybe", "at", "eight", "bring", "cake", "and", "the", "blue", "umbrella")
PLACES = {"City": "SAN FRANCISCO", "State": "CA", "Zip": "94105", "Country": "US"}


def conversations(
    pairs: int, turns: int, *, path: str = PATH, seed: int = 16
) -> Iterator[list[Request]]:
    """For each turn the texts of all pairs, each with a MessageSid and a body of its own.

    Two texts in a row never belong to the same conversation.
    """
    rng = random.Random(seed)
    numbers = [f"+1555{number:07}" for number in rng.sample(range(10_000_000), pairs)]
    for _ in range(turns):
        yield [text(number, rng, path) for number in numbers]


def text(from_: str, rng: random.Random, path: str = PATH) -> Request:
    """One text, as a proxy passes it on that ends TLS: without that, the tutorial refuses it."""
    parameters = form(from_, rng)
    sid = parameters["MessageSid"][2:]
    token = "-".join([sid[:8], sid[8:12], sid[12:16], sid[16:20], sid[20:]])
    request = signed_text(PUBLIC_URL + path, parameters, TOKEN, token=token)
    host = PUBLIC_URL.removeprefix("https://")
    request.headers.update({"Host": host, "X-Forwarded-Proto": "https"})
    return request


def form(from_: str, rng: random.Random) -> dict[str, str]:
    """The 20 parameters of one text."""
    sid = f"SM{rng.getrandbits(128):032x}"
    body = " ".join([*rng.choices(WORDS, k=4), f"{rng.randrange(10**6):06}"])
    parameters = {"ToCountry": "US", "MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid}
    parameters |= {"NumMedia": "0", "NumSegments": "1", "SmsStatus": "received", "Body": body}
    parameters |= {f"From{part}": where for part, where in PLACES.items()}
    parameters |= {f"To{part}": where for part, where in PLACES.items()}
    parameters |= {"From": from_, "To": APP, "ApiVersion": "2010-04-01"}
    return parameters | {"AccountSid": f"AC{1:032x}", "MessagingServiceSid": f"MG{2:032x}"}
