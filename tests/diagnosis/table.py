"""Requests that are rejected because of one mistake each, with the expected diagnosis."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from parley.twilio.signature import Received
from tests.diagnosis.world import (
    BY_SHARED_KEY,
    FORM,
    PATH,
    SHARED,
    TYPE,
    World,
    as_twilio,
    changing,
    signing,
    signing_text,
    with_query_sorted,
)
from tests.webhook import PUBLIC_URL, message, signature

H = "sms.example.com"
JSON = b'{"Body": "hi", "From": "+1555"}'
HASH = sha256(JSON).hexdigest()
WITHOUT_BLANK = {name: value for name, value in FORM.items() if value}
SPACED, TRIMMED = {**FORM, "Body": " hi "}, {**FORM, "Body": "hi"}
TWICE = {**FORM, "Body": ["a", "b"]}
LF, CRLF = {**FORM, "Body": "one\ntwo"}, {**FORM, "Body": "one\r\ntwo"}
ALL_NUMBERS = {"From": "+1555", "To": "+1556", "Body": ""}
AS_SENT, PASS_BODY, PASS_PATH = (
    "as they are sent",
    "pass the body unchanged",
    "let the proxy pass the path unchanged",
)
HOOK = PUBLIC_URL + PATH


class Row(NamedTuple):
    name: str
    world: World
    cause: str
    next_step: str


def asked(query: str, arrives: str) -> World:
    """The query of a POST, which the proxy changes."""
    on_the_way = changing(target=lambda at: at.replace(query.encode(), arrives.encode()))
    return World(webhook=HOOK + query, on_the_way=on_the_way)


def changed(
    form: dict[str, Any] = FORM, webhook: str = HOOK, **parts: Callable[[Any], Any]
) -> World:
    """A text in which the proxy changes these parts."""
    return World(form=form, webhook=webhook, on_the_way=changing(**parts))


def rewritten(arrives: dict[str, Any], form: dict[str, Any] = FORM) -> World:
    """Twilio's form, which the proxy changes."""
    return changed(form, body=lambda _: urlencode(arrives, doseq=True).encode())


def hashed(body: bytes, **more: Any) -> World:
    """A body that is not a form, with its hash in the URL."""
    return World(webhook=f"{HOOK}?bodySHA256={sha256(body).hexdigest()}", json=body, **more)


def without(mark: str) -> Callable[[World, str], str]:
    """Sign the URL only up to this character."""
    return lambda world, url: as_twilio(world, url.partition(mark)[0])


def as_post(sent: Received) -> Received:
    """A proxy that turns a GET into a POST."""
    path, _, query = sent.target.partition(b"?")
    return sent if sent.body else sent._replace(target=path, body=query, content_type=TYPE)


# Columns: the mistake; the URL of the webhook; settings and proxy; the cause; the next step.
# `~` stands for the host, and `P:` for "set PUBLIC_URL to".
OF_URLS = """
http for https | http://~ | | scheme | set the webhook to https://~/…
https for http | https://127.0.0.1:8000 | public_url=http://127.0.0.1:8000 | scheme | P: https://127.0.0.1:8000
http with its port | http://~:80 | | scheme | set the webhook to https://
www added | https://www.~ | | host | P: https://www.~
www left out | https://~ | public_url=https://www.~ | host | https://~
capitals in PUBLIC_URL | https://~ | public_url=https://SMS.Example.com | host | P: https://~
capitals in the webhook | https://SMS.Example.com | called=https://SMS.Example.com | host | P: https://SMS.Example.com
a dot after the host | https://~. | | host | P: https://~.
a host in its own letters | https://münchen.example | public_url=https://xn--mnchen-3ya.example | host | P: https://münchen.example
a host in ASCII | https://xn--mnchen-3ya.example | public_url=https://münchen.example | host | P: https://xn--mnchen-3ya.example
an IPv6 address in full | https://[2001:db8:0:0:0:0:0:1] | public_url=https://[2001:db8::1] | none | set TWILIO_AUTH_TOKEN
an IPv6 address in short | https://[2001:db8::1] | public_url=https://[2001:DB8:0:0:0:0:0:1] | host | P: https://[2001:db8::1]
localhost | http://localhost:8000 | public_url=http://127.0.0.1:8000 | host | //localhost:8000
127.0.0.1 | http://127.0.0.1:8000 | public_url=http://localhost:8000 | host | http://127.0.0.1:8000
the Host header | https://a.ngrok.app | called=https://a.ngrok.app | host | P: https://a.ngrok.app
the Host header, with http | http://a.ngrok.app | called=https://a.ngrok.app | scheme and host | P: https://a.ngrok.app and set the webhook to https://a.ngrok.app/…
another port | https://~:8443 | | port | to https://~:8443
a port too many | https://~:443 | public_url=https://~:5000 | port | to https://~:443
http and a port | http://~:8080 | | scheme and port | webhook to https://
a password left out | https://~ | public_url=https://u:hunter2@~ | password | P: https://~
a password that is escaped | https://u:hunter2%21@~ | public_url=https://u:hunter2!@~ | password | set PUBLIC_URL with the user name and password of the webhook
a password that is not escaped | https://u:hunter2!@~ | public_url=https://u:hunter2%21@~ | password | set PUBLIC_URL with the user name and password of the webhook
a prefix too many | https://~ | public_url=https://~/p | prefix | P: https://~
the prefix of all flows | https://~ | public_url=https://~/sms | prefix | P: https://~
the whole URL of the webhook | https://~ | public_url=https://~/sms/counter | prefix | P: https://~
the prefix of all flows, and http | http://~ | public_url=https://~/sms | scheme and prefix | P: https://~ and set the webhook to https://~/…
a prefix too few | https://~/twilio | strip=/twilio | prefix | https://~/twilio
a prefix of one's own | https://~/mine | called=https://~/mine strip=/mine | prefix | P: https://~/mine
a prefix that stays | https://~/p | public_url=https://~/p | prefix | let the proxy strip /p, which stays in PUBLIC_URL
a prefix that stays, and http | http://~/p | public_url=https://~/p | scheme and prefix | let the proxy strip /p, which stays in PUBLIC_URL and set the webhook to https://~/p/…
a prefix that is escaped | https://~/é | public_url=https://~/%C3%A9 strip=/é | prefix | P: https://~/é
"""  # noqa: E501  # a row is one line


def of_urls() -> Iterator[Row]:
    """Rows in which the URL of the webhook is not the one in PUBLIC_URL."""
    for line in OF_URLS.replace("~", H).strip().splitlines():
        name, webhook, settings, cause, next_step = (cell.strip() for cell in line.split("|"))
        given: dict[str, Any] = dict(each.split("=", 1) for each in settings.split())
        step = next_step.replace("P:", "set PUBLIC_URL to")
        yield Row(name, World(webhook=webhook + PATH, **given), cause, step)


PATHS = [
    Row(
        "a slash lost",
        changed(webhook=f"{HOOK}/", target=lambda at: at.rstrip(b"/")),
        "slash",
        "set the webhook to the URL without the slash",
    ),
    Row(
        "http and a slash",
        changed(webhook=f"http://{H}{PATH}/", target=lambda _: PATH.encode()),
        "scheme and slash",
        f"set the webhook to https://{H}/…; and",
    ),
    Row(
        "a slash added",
        changed(target=lambda at: at.rstrip(b"/") + b"/"),
        "slash",
        f"{PASS_PATH}, or set the webhook to the URL with a slash",
    ),
    Row(
        "two slashes",
        changed(webhook=f"{PUBLIC_URL}/{PATH}", target=lambda at: at.replace(b"//", b"/")),
        "slash",
        "set the webhook to the URL with one slash",
    ),
    Row("a slash more", changed(target=lambda target: b"/" + target), "slash", PASS_PATH),
    Row("a first part doubled", changed(target=lambda at: b"/sms" + at), "prefix", PASS_PATH),
    Row("the path in capitals", changed(target=bytes.upper), "path", PASS_PATH),
    Row("the path escaped", changed(target=lambda at: at.replace(b"c", b"%63")), "path", PASS_PATH),
    Row("%20 for +", asked("?a=b%20c", "?a=b+c"), "query encoding", "to a URL without a query"),
    Row("+ for %20", asked("?a=b+c", "?a=b%20c"), "query encoding", "set the webhook"),
    Row("%27 for '", asked("?a=%27&b=%28", "?a='&b=%28"), "query encoding", "set the webhook"),
    Row("' for %27", asked("?a='&b=%28", "?a=%27&b=%28"), "query encoding", "set the webhook"),
    Row("hex in lower case", asked("?a=%c3%a9", "?a=%C3%A9"), "query encoding", "the webhook"),
    Row("hex in upper case", asked("?a=%C3%A9", "?a=%c3%a9"), "query encoding", "the webhook"),
    Row("the query decoded", asked("?a=é b", "?a=%C3%A9%20b"), "query encoding", "the webhook"),
    Row(
        "a GET whose query was rewritten",
        World(method="GET", on_the_way=changing(target=lambda at: at.replace(b"+", b"%20"))),
        "query encoding",
        "set the webhook to POST",
    ),
    Row("the query reversed", asked("?a=1&b=2&c=3", "?c=3&b=2&a=1"), "query order", "unchanged"),
    *(
        Row(
            f"the query sorted by Twilio: {query}",
            World(webhook=HOOK + query, sends=changing(target=with_query_sorted)),
            "query order",
            "write the parameters in the webhook's query sorted by name",
        )
        for query in ("?tag=5&code=4&age=3&shop=2&lang=1", "?b=2&c=3&d=4&a=1&e=5&f=6")
    ),
    Row(
        "the query added",
        changed(target=lambda target: target + b"?a=1"),
        "query missing",
        "sign the URL with its query, and let the proxy add none",
    ),
    Row(
        "the query not signed",
        World(webhook=f"{HOOK}?a=1", sign=without("?")),
        "query missing",
        "sign the URL with its query",
    ),
    Row(
        "a ? lost",
        changed(webhook=f"{HOOK}?", target=lambda at: at.rstrip(b"?")),
        "query missing",
        "without the ?",
    ),
    Row("blank values lost in the query", asked("?a=&b=1", "?b=1"), "none", "TWILIO_AUTH_TOKEN"),
    Row("blank values in the query", asked("?b=1", "?a=&b=1"), "blank values", "webhook"),
    Row("a repeated name in the query", asked("?a=1", "?a=1&a=2"), "duplicate parameters", "hook"),
    Row(
        "a fragment sent",
        World(webhook=f"{HOOK}#rc=2", sign=without("#")),
        "fragment",
        "call the URL without a fragment",
    ),
]
RE_ENCODED = {
    "+ became a space": changed(
        {"From": "+15551230001", "Body": "1+1"}, body=lambda body: body.replace(b"%2B", b"+")
    ),
    "+ became %20": rewritten({**FORM, "From": " 15551230001", "To": " 15559870002"}),
    "latin-1": changed({"Body": "café"}, body=lambda _: b"Body=caf%E9"),
    "encoded twice": rewritten({**FORM, "Body": FORM["Body"].encode().decode("latin-1")}),
    "escaped twice": rewritten({name: quote(value) for name, value in FORM.items()}),
    "CRLF became LF": rewritten(LF, CRLF),
    "LF became CRLF": rewritten(CRLF, LF),
    "HTML escaped": rewritten({**FORM, "Body": "a &amp; b"}, {**FORM, "Body": "a & b"}),
}
PAIRS = sorted(FORM.items())
FORMS = [
    Row("blank not signed", World(sign=signing(WITHOUT_BLANK)), "blank values", AS_SENT),
    Row("blank values lost", rewritten(WITHOUT_BLANK), "blank values", PASS_BODY),
    Row(
        "a blank Body lost",
        changed(ALL_NUMBERS, body=lambda body: body.replace(b"&Body=", b"")),
        "blank values",
        PASS_BODY,
    ),
    Row(
        "trimmed before signing",
        World(form=SPACED, sign=signing(TRIMMED)),
        "trimmed values",
        AS_SENT,
    ),
    Row("trimmed on its way", rewritten(TRIMMED, SPACED), "trimmed values", PASS_BODY),
    *(
        Row(
            f"of two, {body}",
            World(form=TWICE, sign=signing({**FORM, "Body": body})),
            "duplicate parameters",
            AS_SENT,
        )
        for body in ("a", "b", "a,b")
    ),
    Row(
        "not sorted",
        World(sign=signing_text(PATH + "".join(n + v for n, v in FORM.items()))),
        "parameter order",
        AS_SENT,
    ),
    Row(
        "= and & between",
        World(sign=signing_text(PATH + "&".join(map("=".join, PAIRS)))),
        "parameter separators",
        AS_SENT,
    ),
    Row(
        "the raw body",
        World(sign=signing_text(PATH.encode() + urlencode(FORM).encode())),
        "body re-encoded",
        AS_SENT,
    ),
    *(Row(name, world, "body re-encoded", PASS_BODY) for name, world in RE_ENCODED.items()),
    Row(
        "a GET signed as a form",
        changed(
            target=lambda at: at + b"?" + urlencode(FORM).encode(),
            body=lambda _: b"",
            content_type=lambda _: "",
        ),
        "method",
        "let the proxy pass the method unchanged, and sign a GET by its URL alone",
    ),
    Row("a form signed as a bare URL", World(sign=signing({})), "method", f"exactly {AS_SENT}"),
    Row(
        "a GET made a POST",
        World(method="GET", form=message("it's me"), on_the_way=as_post),
        "method",
        "let the proxy pass the method unchanged, or set the webhook to POST",
    ),
    Row(
        "a query signed twice",
        World(webhook=f"{HOOK}?a=1", sign=signing({**FORM, "a": "1"})),
        "method",
        f"exactly {AS_SENT}",
    ),
    Row(
        "no content type",
        changed(content_type=lambda _: ""),
        "content type",
        "let the proxy pass Content-Type",
    ),
]
OTHER_BODIES = [
    Row("JSON without hash", World(json=JSON), "json", "bodySHA256, or send a form"),
    Row(
        "text without hash", World(json=b"hi", content_type="text/plain"), "body not covered", "or"
    ),
    Row(
        "JSON as a form",
        World(json=JSON, sign=signing({"Body": "hi", "From": "+1555"})),
        "json",
        "a form",
    ),
    Row(
        "JSON behind the URL",
        World(json=JSON, sign=signing_text(PATH.encode() + JSON)),
        "body not covered",
        "or send a form",
    ),
    *(
        Row(
            f"JSON {how}",
            hashed(body, on_the_way=changing(body=change)),
            "body re-encoded",
            f"computed of the body {told}: let the proxy pass the body unchanged",
        )
        for how, body, change, told in (
            (
                "with a line break more",
                JSON,
                lambda body: body + b"\n",
                "without the white space at its end",
            ),
            ("with a line break less", JSON + b"\n", bytes.rstrip, "with a line break at its end"),
            ("with LF", b"{\r\n}", lambda _: b"{\n}", "with its line breaks as CRLF"),
            ("with CRLF", b"{\n}", lambda _: b"{\r\n}", "with its line breaks as LF"),
        )
    ),
    Row(
        "JSON rewritten",
        hashed(JSON, on_the_way=changing(body=lambda body: body.replace(b": ", b":"))),
        "body re-encoded",
        "sign the URL with bodySHA256, and let the proxy pass the body unchanged",
    ),
    Row(
        "the hash in capitals",
        World(webhook=f"{HOOK}?bodySHA256={HASH.upper()}", json=JSON),
        "body re-encoded",
        "write it in lower case",
    ),
    Row(
        "the hash after signing",
        hashed(JSON, sign=without("?")),
        "query missing",
        "sign the URL with",
    ),
    *(
        Row(
            f"rightly signed {name}",
            hashed(body),
            "unreadable body",
            f"the signature is right, but {problem}: send a form or a JSON object",
        )
        for name, body, problem in (
            ("JSON that is a list", b"[]", "the JSON is not an object"),
            ("JSON that is a text", b'"hi"', "the JSON is not an object"),
            ("JSON that ends early", b'{"Body": "hi"', "the body is not JSON in UTF-8"),
            ("JSON in UTF-16", '{"Body": "hi"}'.encode("utf-16"), "the body is not JSON in UTF-8"),
            ("JSON with NaN", b'{"Body": NaN}', "the body is not JSON in UTF-8"),
        )
    ),
    Row(
        "rightly signed form that is not UTF-8",
        World(form={"Body": "caf\ufffd"}, sends=changing(body=lambda _: b"Body=caf%E9")),
        "unreadable body",
        "the form is not valid UTF-8: send a form or a JSON object, in UTF-8",
    ),
]
KEYS = [
    Row(
        "a SharedKey without its header",
        World(
            key=SHARED,
            settings=BY_SHARED_KEY,
            on_the_way=changing(signature_settings=lambda _: ""),
        ),
        "algorithm",
        "let the proxy pass it",
    ),
    Row("a SharedKey with SHA-1", World(key=SHARED), "shared key", "or sign with the auth token"),
    Row(
        "the token with SHA-256",
        World(settings=BY_SHARED_KEY),
        "shared key",
        "or set TWILIO_WEBHOOK_SHARED_KEY and sign with it",
    ),
    Row(
        "the token with a header",
        World(settings=BY_SHARED_KEY, sign=lambda _, url: signature(url, FORM)),
        "algorithm",
        "send it without this header, or set TWILIO_WEBHOOK_SHARED_KEY",
    ),
    Row(
        "an unknown algorithm",
        World(settings="algorithm=HMAC_MD5", sign=lambda _, url: signature(url, FORM)),
        "algorithm",
        "send it without this header",
    ),
    Row("another account", World(key="of another account"), "none", "set TWILIO_AUTH_TOKEN to"),
]
TABLE = [*of_urls(), *PATHS, *FORMS, *OTHER_BODIES, *KEYS]
