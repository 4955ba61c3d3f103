"""The way of a text to the server, with one mistake in it, and the effect of each next step."""

import base64
import hmac
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from twilio.request_validator import RequestValidator

from parley.diagnosis.diagnosis import Diagnosis, explain
from parley.refusals import SignatureError
from parley.twilio.signature import Received, Verifier
from tests.webhook import PUBLIC_URL, TOKEN, message, signature

TYPE = "application/x-www-form-urlencoded"
PATH = "/sms/counter"
OLD, SHARED = "the token before", "a shared key"
FORM = message("Tom & Ann's: 1+1, é", MessageSid=f"SM{'0' * 32}", FromCity="")
BY_SHARED_KEY = "key=k1,algorithm=HMAC_SHA256"


def as_twilio(world: "World", url: str) -> str:
    """Sign as Twilio's own library does."""
    form = world.form if world.json is None and world.method == "POST" else {}
    if world.settings:
        signer = RequestValidator(world.key)
        return str(signer.compute_signature(url, form, "HMAC_SHA256"))
    return signature(url, form, world.key)


def unchanged(received: Received) -> Received:
    return received


@dataclass(frozen=True)
class World:
    """A client that calls a webhook, through a proxy, and the settings of the server.

    `sign` makes the client's signature for a URL; `on_the_way` is the change by the proxy;
    `sends` is the client's change after signing, which no next step can prevent.
    """

    webhook: str = PUBLIC_URL + PATH
    method: str = "POST"
    form: dict[str, Any] = field(default_factory=lambda: FORM)
    json: bytes | None = None
    content_type: str = ""
    sign: "Callable[[World, str], str]" = as_twilio
    key: str = TOKEN
    settings: str = ""
    """The client's `X-Twilio-Webhooks-Signature-Settings` header."""
    sends: Callable[[Received], Received] = unchanged
    strip: str = ""
    on_the_way: Callable[[Received], Received] = unchanged
    public_url: str = PUBLIC_URL
    tokens: tuple[str, ...] = (TOKEN, OLD)
    called: str = ""

    def received(self) -> Received:
        """Return the request as it arrives at the server."""
        url = self.webhook
        if self.method == "GET":
            url += ("&" if "?" in url else "?") + urlencode(self.form)
            kind, body = "", b""
        elif self.json is not None:
            kind, body = "application/json", self.json
        else:
            kind, body = TYPE, urlencode(self.form, doseq=True).encode()
        parts = urlsplit(url)
        target = url.partition(parts.netloc)[2].encode()
        signed = self.sign(self, url)
        sent = Received(target, self.content_type or kind, body, signed, self.settings)
        sent = self.sends(sent)
        return self.on_the_way(
            sent._replace(target=sent.target.removeprefix(self.strip.encode()) or b"/")
        )

    def accepted(self) -> bool:
        """Return whether the request is verified and finds its flow. Raises SignatureError."""
        received = self.received()
        Verifier(self.public_url, self.tokens, [SHARED]).verify(received)
        path = unquote(received.target.partition(b"?")[0].decode())
        return path.removesuffix("/") == PATH

    def diagnosis(self) -> Diagnosis:
        received, found = self.received(), None
        try:
            Verifier(self.public_url, self.tokens, [SHARED]).verify(received)
        except SignatureError as error:
            found = error
        return explain(
            received,
            found,
            public_url=self.public_url,
            auth_tokens=self.tokens,
            shared_keys=[SHARED],
            called=self.called,
        )


def changing(**parts: Callable[[Any], Any]) -> Callable[[Received], Received]:
    """Return a change of some parts of a request: `changing(target=bytes.lower)`."""
    return lambda received: received._replace(
        **{name: change(getattr(received, name)) for name, change in parts.items()}
    )


def signing(form: dict[str, Any], url: str = "") -> Callable[[World, str], str]:
    """Return a client that signs another form, or also another URL."""
    return lambda world, called: signature(url or called, form, world.key)


def signing_text(text: str | bytes) -> Callable[[World, str], str]:
    """Return a client that joins the text to sign in its own way."""
    raw = text if isinstance(text, bytes) else text.encode()
    return lambda world, _: base64.b64encode(
        hmac.digest(world.key.encode(), PUBLIC_URL.encode() + raw, "sha1")
    ).decode()


# The effects of the next steps


def alternatives(sentence: str) -> Iterator[list[str]]:
    """Return the steps of each alternative in a diagnosis."""
    following = [part.rpartition(": ")[2] for part in sentence.split("; and ") if ": " in part]
    together: list[list[str]] = [[]]
    for steps in following:
        either = [re.split(r",? and (?=set|let|sign)", one) for one in steps.split(", or ")]
        together = [[*done, *more] for done in together for more in either]
    yield from together


class Cure(NamedTuple):
    pattern: str
    follow: Callable[..., World]


def base_of(url: str) -> str:
    return url.partition(PATH)[0]


def with_path_of(world: World, base: str) -> World:
    return replace(world, webhook=base + PATH + world.webhook.partition(PATH)[2])


def hashed(world: World) -> World:
    body = world.json if world.json is not None else urlencode(world.form, doseq=True).encode()
    url = re.sub(r"[?&]bodySHA256=[^&]*", "", world.webhook)
    joint = "&" if "?" in url else "?"
    return replace(
        world, webhook=f"{url}{joint}bodySHA256={sha256(body).hexdigest()}", sign=as_twilio
    )


def sorted_by_name(world: World) -> World:
    url, _, query = world.webhook.partition("?")
    return replace(world, webhook=f"{url}?{'&'.join(sorted(query.split('&')))}")


def posted_without_query(world: World) -> World:
    return replace(world, method="POST", webhook=world.webhook.partition("?")[0])


def as_form(world: World) -> World:
    bare = re.sub(r"[?&]bodySHA256=[^&]*", "", world.webhook)
    return replace(world, webhook=bare, json=None, content_type="", sign=as_twilio, sends=unchanged)


CURES = [
    Cure(r"set PUBLIC_URL to (\S+)", lambda world, url: replace(world, public_url=url)),
    Cure(
        "set PUBLIC_URL with the user name and password of the webhook",
        lambda world: replace(world, public_url=base_of(world.webhook)),
    ),
    Cure(r"set the webhook to (https?://\S+)/…", with_path_of),
    Cure(
        r"let the proxy strip (/\S+), which stays in PUBLIC_URL",
        lambda world, prefix: replace(world, strip=prefix),
    ),
    Cure(
        "(?:and )?let the proxy (?:pass (?:the \\w+ unchanged|it|Content-Type)|add none)",
        lambda world: replace(world, on_the_way=unchanged),
    ),
    Cure(
        "set the webhook to the URL without the slash at its end",
        lambda world: replace(world, webhook=world.webhook.removesuffix("/")),
    ),
    Cure(
        "set the webhook to the URL with a slash at its end",
        lambda world: replace(world, webhook=world.webhook + "/"),
    ),
    Cure(
        "set the webhook to the URL with one slash before the path",
        lambda world: replace(world, webhook=world.webhook.replace(f"/{PATH}", PATH)),
    ),
    Cure(
        "set the webhook to the URL without the \\?",
        lambda world: replace(world, webhook=world.webhook.removesuffix("?")),
    ),
    Cure("set the webhook to POST to a URL without a query", posted_without_query),
    Cure("set the webhook to POST", lambda world: replace(world, method="POST")),
    Cure("write the parameters in the webhook's query sorted by name", sorted_by_name),
    Cure("sign the URL with bodySHA256|write it in lower case", hashed),
    Cure("send a form.*", as_form),
    Cure(
        "sign the URL with its query|sign a GET by its URL alone"
        "|sign the URL (?:and|with) the form exactly as they are sent",
        lambda world: replace(world, sign=as_twilio),
    ),
    Cure(
        "call the URL without a fragment",
        lambda world: replace(world, webhook=world.webhook.partition("#")[0]),
    ),
    Cure(
        "send it as application/x-www-form-urlencoded",
        lambda world: replace(world, content_type=TYPE),
    ),
    Cure(
        "send X-Twilio-Webhooks-Signature-Settings with algorithm=HMAC_SHA256",
        lambda world: replace(world, settings="algorithm=HMAC_SHA256"),
    ),
    Cure("send it without this header", lambda world: replace(world, settings="")),
    Cure(
        "sign with the auth token|sign by HMAC_SHA1 without this header",
        lambda world: replace(world, key=TOKEN, settings="", sign=as_twilio),
    ),
    Cure("set TWILIO_WEBHOOK_SHARED_KEY", lambda world: world),
    Cure(
        "sign with it by HMAC_SHA256, saying so in X-Twilio-Webhooks-Signature-Settings",
        lambda world: replace(world, key=SHARED, settings=BY_SHARED_KEY, sign=as_twilio),
    ),
    Cure(
        "set TWILIO_AUTH_TOKEN to the auth token of the account that owns the number",
        lambda world: replace(world, tokens=(world.key,)),
    ),
]


def followed(world: World, steps: list[str]) -> World:
    """Return the world after these steps."""
    for step in steps:
        found = [(cure, re.fullmatch(cure.pattern, step)) for cure in CURES]
        matches = [(cure, match) for cure, match in found if match]
        assert len(matches) == 1, f"no single cure for {step!r}"
        cure, match = matches[0]
        world = cure.follow(world, *match.groups())
    return world


def with_query_sorted(target: bytes) -> bytes:
    path, mark, query = target.partition(b"?")
    return path + mark + b"&".join(sorted(query.split(b"&")))


def pairs(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True)
