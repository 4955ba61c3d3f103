"""The doctor: good requests, broken in one way each, and the cause that is named."""

import base64
import hmac
import random
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from twilio.request_validator import RequestValidator

from app.wire.diagnosis import LONGEST, MOST_PARAMETERS, MOST_TRIED, Diagnosis, explain
from app.wire.signature import Received, SignatureError, Verifier
from tests.twilio import PUBLIC_URL, TOKEN, message, signature

TYPE = "application/x-www-form-urlencoded"
PATH = "/sms/counter"
OLD, SHARED = "the token before", "a shared key"
FORM = message("Tom & Ann's: 1+1, é", MessageSid=f"SM{'0' * 32}", FromCity="")
BODY = urlencode(FORM).encode()
JSON, JSON_TYPE = b'{"Body": "hi", "From": "+1555"}', "application/json"
HASH = sha256(JSON).hexdigest()
BY_SHARED_KEY = "key=k1,algorithm=HMAC_SHA256"
GET = urlencode(message("it's me"))
LF = {**FORM, "Body": "one\ntwo"}


def form(url: str = PUBLIC_URL + PATH, said: Any = None, token: str = TOKEN) -> str:
    """What Twilio's own library signs."""
    return signature(url, FORM if said is None else said, token)


def by_sha256(secret: str) -> str:
    signer = RequestValidator(secret)
    return str(signer.compute_signature(PUBLIC_URL + PATH, FORM, "HMAC_SHA256"))


def raw(text: bytes) -> str:
    """What a program of one's own signs, that puts the text together wrongly."""
    return base64.b64encode(
        hmac.digest(TOKEN.encode(), PUBLIC_URL.encode() + text, "sha1")
    ).decode()


def diagnosis(signed: str, **changed: Any) -> Diagnosis:
    """Of a form to the counter that has this signature; changed where the row says so."""
    request = {"target": PATH, "content_type": TYPE, "body": BODY, "signature_settings": ""}
    parts = {name: changed.pop(name, value) for name, value in request.items()}
    known = {"public_url": PUBLIC_URL, "auth_tokens": [TOKEN, OLD], "shared_keys": [SHARED]}
    parts["target"] = parts["target"].encode()
    return explain(Received(signature=signed, **parts), **{**known, **changed})


def asked(target: str, signed: str) -> dict[str, Any]:
    """A GET of the target, where another was signed."""
    return {
        "signed": form(PUBLIC_URL + signed, {}),
        "target": target,
        "content_type": "",
        "body": b"",
    }


def sent(body: dict[str, Any] | bytes, **more: Any) -> dict[str, Any]:
    return {
        "body": body if isinstance(body, bytes) else urlencode(body, doseq=True).encode(),
        **more,
    }


def json(target: str = PATH, **changed: Any) -> dict[str, Any]:
    return {"content_type": JSON_TYPE, "body": JSON, "target": target, **changed}


def signed_at(base: str, **more: Any) -> dict[str, Any]:
    """The form of the table, signed for another URL."""
    return {"signed": form(base + PATH), **more}


H, LOCAL = "sms.example.com", "http://127.0.0.1:8000"
WITHOUT_BLANK = {name: value for name, value in FORM.items() if value}
SPACED = {**FORM, "Body": " hi "}
TWICE = {**FORM, "Body": ["a", "b"]}

# what was broken, how, the cause, and the setting at the end of the sentence
TABLE: list[tuple[str, dict[str, Any], str, str]] = [
    ("http for https", signed_at(f"http://{H}"), "scheme", f"webhook to https://{H}/…"),
    (
        "https for http",
        signed_at("https://127.0.0.1:8000", public_url=LOCAL),
        "scheme",
        "set PUBLIC_URL to https://127.0.0.1:8000",
    ),
    ("http with its port", signed_at(f"http://{H}:80"), "scheme", "set the webhook to https://"),
    ("www added", signed_at(f"https://www.{H}"), "host", f"set PUBLIC_URL to https://www.{H}"),
    (
        "www left out",
        signed_at(f"https://{H}", public_url=f"https://www.{H}"),
        "host",
        f"https://{H}",
    ),
    (
        "capitals in PUBLIC_URL",
        signed_at(f"https://{H}", public_url="https://SMS.Example.com"),
        "host",
        f"set PUBLIC_URL to https://{H}",
    ),
    (
        "capitals in the webhook",
        signed_at("https://SMS.Example.com", called="https://SMS.Example.com"),
        "host",
        "set PUBLIC_URL to https://SMS.Example.com",
    ),
    ("localhost", signed_at("http://localhost:8000", public_url=LOCAL), "host", "//localhost:8000"),
    ("127.0.0.1", signed_at(LOCAL, public_url="http://localhost:8000"), "host", LOCAL),
    (
        "the Host that was asked for",
        signed_at("https://a.ngrok.app", called="https://a.ngrok.app"),
        "host",
        "set PUBLIC_URL to https://a.ngrok.app",
    ),
    ("another port", signed_at(f"https://{H}:8443"), "port", f"to https://{H}:8443"),
    (
        "a port too many",
        signed_at(f"https://{H}:443", public_url=f"https://{H}:5000"),
        "port",
        f"to https://{H}:443",
    ),
    ("http and a port", signed_at(f"http://{H}:8080"), "scheme and port", "webhook to https://"),
    (
        "a prefix too many",
        signed_at(f"https://{H}", public_url=f"https://{H}/p"),
        "prefix",
        f"set PUBLIC_URL to https://{H}",
    ),
    ("a prefix too few", signed_at(f"https://{H}/twilio"), "prefix", f"https://{H}/twilio"),
    (
        "a prefix of one's own",
        signed_at(f"https://{H}/mine", called=f"https://{H}/mine"),
        "prefix",
        f"set PUBLIC_URL to https://{H}/mine",
    ),
    (
        "a prefix doubled",
        signed_at(f"https://{H}/p/p", public_url=f"https://{H}/p"),
        "prefix",
        f"set the webhook to https://{H}/p/…",
    ),
    (
        "a prefix that stays",
        {
            "signed": form(f"https://{H}/p{PATH}"),
            "target": f"/p{PATH}",
            "public_url": f"https://{H}/p",
        },
        "prefix",
        "let the proxy strip /p, which stays in PUBLIC_URL",
    ),
    (
        "a password left out",
        signed_at(f"https://{H}", public_url=f"https://u:hunter2@{H}"),
        "password",
        f"set PUBLIC_URL to https://{H}",
    ),
    ("a slash lost", {"signed": form(f"{PUBLIC_URL}{PATH}/")}, "slash", "set the webhook"),
    ("a slash added", {"signed": form(), "target": f"{PATH}/"}, "slash", "set the webhook"),
    ("two slashes", {"signed": form(f"{PUBLIC_URL}/{PATH}")}, "slash", "set the webhook"),
    ("http and a slash", {"signed": form(f"http://{H}{PATH}/")}, "scheme and slash", "webhook"),
    ("the path decoded", asked("/sms/a%20b", "/sms/a b"), "path", "set the webhook"),
    ("%20 for +", asked("/s?a=b+c", "/s?a=b%20c"), "query encoding", "set the webhook"),
    ("+ for %20", asked("/s?a=b%20c", "/s?a=b+c"), "query encoding", "set the webhook"),
    ("%27 for '", asked("/s?a='&b=%28", "/s?a=%27&b=%28"), "query encoding", "set the webhook"),
    ("' for %27", asked("/s?a=%27&b=%28", "/s?a='&b=%28"), "query encoding", "set the webhook"),
    ("hex in lower case", asked("/s?a=%C3%A9", "/s?a=%c3%a9"), "query encoding", "the webhook"),
    ("hex in upper case", asked("/s?a=%c3%a9", "/s?a=%C3%A9"), "query encoding", "the webhook"),
    ("the query decoded", asked("/s?a=%C3%A9%20b", "/s?a=é b"), "query encoding", "the webhook"),
    (
        "the query in another order",
        asked("/s?a=1&b=2&c=3", "/s?c=3&a=1&b=2"),
        "query order",
        "webhook",
    ),
    ("the query left out", asked("/s?a=1", "/s"), "query missing", "the URL with it"),
    ("blank values lost in the query", asked("/s?a=&b=1", "/s?b=1"), "blank values", "webhook"),
    (
        "a repeated name in the query",
        asked("/s?a=1&a=2", "/s?a=1"),
        "duplicate parameters",
        "webhook",
    ),
    ("blank values not signed", {"signed": form(said=WITHOUT_BLANK)}, "blank values", "to POST"),
    ("blank values lost", sent(WITHOUT_BLANK, signed=form()), "blank values", "the check"),
    (
        "a blank Body lost",
        sent(
            {"From": "+1555", "To": "+1556"},
            signed=form(said={"From": "+1555", "To": "+1556", "Body": ""}),
        ),
        "blank values",
        "check",
    ),
    (
        "trimmed before signing",
        sent(SPACED, signed=form(said={**FORM, "Body": "hi"})),
        "trimmed values",
        "the check",
    ),
    (
        "trimmed on its way",
        sent({**FORM, "Body": "hi"}, signed=form(said=SPACED)),
        "trimmed values",
        "the check",
    ),
    (
        "the first of two",
        sent(TWICE, signed=form(said={**FORM, "Body": "a"})),
        "duplicate parameters",
        "to POST",
    ),
    (
        "the last of two",
        sent(TWICE, signed=form(said={**FORM, "Body": "b"})),
        "duplicate parameters",
        "to POST",
    ),
    (
        "two joined by a comma",
        sent(TWICE, signed=form(said={**FORM, "Body": "a,b"})),
        "duplicate parameters",
        "to POST",
    ),
    (
        "not sorted",
        {"signed": raw(PATH.encode() + "".join(n + v for n, v in FORM.items()).encode())},
        "parameter order",
        "to POST",
    ),
    (
        "= and & between",
        {
            "signed": raw(
                PATH.encode() + "&".join(f"{n}={v}" for n, v in sorted(FORM.items())).encode()
            )
        },
        "parameter separators",
        "to POST",
    ),
    (
        "+ became a space",
        sent(
            b"From=+15551230001&Body=1+1", signed=form(said={"From": "+15551230001", "Body": "1+1"})
        ),
        "body re-encoded",
        "the check",
    ),
    (
        "+ became %20",
        sent({**FORM, "From": " 15551230001", "To": " 15559870002"}, signed=form()),
        "body re-encoded",
        "the check",
    ),
    (
        "invalid UTF-8 replaced",
        sent(b"Body=caf%E9", signed=form(said={"Body": "caf\ufffd"})),
        "body re-encoded",
        "to UTF-8",
    ),
    (
        "latin-1",
        sent(b"Body=caf%E9", signed=form(said={"Body": "café"})),
        "body re-encoded",
        "check",
    ),
    (
        "encoded twice",
        sent({"Body": "cafÃ©"}, signed=form(said={"Body": "café"})),
        "body re-encoded",
        "the check",
    ),
    (
        "escaped twice",
        sent({n: quote(v) for n, v in FORM.items()}, signed=form()),
        "body re-encoded",
        "the check",
    ),
    (
        "CRLF became LF",
        sent(LF, signed=form(said={**FORM, "Body": "one\r\ntwo"})),
        "body re-encoded",
        "the check",
    ),
    (
        "LF became CRLF",
        sent({**FORM, "Body": "one\r\ntwo"}, signed=form(said=LF)),
        "body re-encoded",
        "the check",
    ),
    (
        "HTML escaped",
        sent({**FORM, "Body": "a &amp; b"}, signed=form(said={**FORM, "Body": "a & b"})),
        "body re-encoded",
        "the check",
    ),
    ("the raw body", {"signed": raw(PATH.encode() + BODY)}, "body re-encoded", "to POST"),
    ("JSON without hash", json(signed=form(said={})), "json", "to POST a form"),
    ("JSON as a form", json(signed=form(said={"Body": "hi", "From": "+1555"})), "json", "a form"),
    (
        "JSON rewritten",
        json(
            f"{PATH}?bodySHA256={HASH}",
            body=JSON + b"\n",
            signed=form(f"{PUBLIC_URL}{PATH}?bodySHA256={HASH}", {}),
        ),
        "body re-encoded",
        "POST a form",
    ),
    (
        "the hash in capitals",
        json(
            f"{PATH}?bodySHA256={HASH.upper()}",
            signed=form(f"{PUBLIC_URL}{PATH}?bodySHA256={HASH.upper()}", {}),
        ),
        "body re-encoded",
        "lower case",
    ),
    (
        "the hash after signing",
        json(f"{PATH}?bodySHA256={HASH}", signed=form(said={})),
        "query missing",
        "the URL with it",
    ),
    ("no content type", {"signed": form(), "content_type": ""}, "content type", "POST a form"),
    ("the second token", {"signed": form(token=OLD)}, "another token", "this one first"),
    (
        "a quoted token",
        {"signed": form(), "auth_tokens": [f'"{TOKEN}"']},
        "quoted token",
        "without",
    ),
    ("a SharedKey without header", {"signed": by_sha256(SHARED)}, "algorithm", "SHARED_KEY"),
    ("a SharedKey with SHA-1", {"signed": form(token=SHARED)}, "shared key", "owns the number"),
    (
        "the token with SHA-256",
        {"signed": by_sha256(TOKEN), "signature_settings": BY_SHARED_KEY},
        "shared key",
        "sign with that",
    ),
    (
        "the token with a header",
        {"signed": form(), "signature_settings": BY_SHARED_KEY},
        "algorithm",
        "sign with that",
    ),
    (
        "a GET signed as a form",
        asked(f"{PATH}?a=1&b=2", PATH) | {"signed": form(said={"a": "1", "b": "2"})},
        "method",
        "set the webhook to POST",
    ),
    ("a form signed as a bare URL", {"signed": form(said={})}, "method", "set the webhook to POST"),
    (
        "a form signed as a GET",
        sent(GET.encode(), signed=form(f"{PUBLIC_URL}{PATH}?{GET}", {})),
        "method",
        "set the webhook to POST",
    ),
    (
        "a query signed twice",
        {"signed": form(f"{PUBLIC_URL}{PATH}?a=1", {**FORM, "a": "1"}), "target": f"{PATH}?a=1"},
        "method",
        "set the webhook to POST",
    ),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
def test_each_mistake_is_named_with_what_to_set(row: tuple[str, dict[str, Any], str, str]) -> None:
    _, broken, cause, setting = row
    found = diagnosis(**broken)
    assert found.cause == cause, found
    assert setting in found.sentence.rpartition(": ")[2], found.sentence
    assert found.found
    assert 1 <= found.tried <= MOST_TRIED
    told = found.sentence
    for secret in (TOKEN, OLD, SHARED, "hunter2", "+1555", "Tom", "counter", "bodySHA256=" + HASH):
        assert secret not in told


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
def test_each_of_the_table_is_really_refused(row: tuple[str, dict[str, Any], str, str]) -> None:
    _, broken, *_ = row
    given = {"target": PATH, "content_type": TYPE, "body": BODY, "signature_settings": "", **broken}
    target, signed = given["target"].encode(), given["signed"]
    kind, body, settings = given["content_type"], given["body"], given["signature_settings"]
    received = Received(target, kind, body, signed, settings)
    keys = given.get("auth_tokens", [TOKEN]), [SHARED]
    with pytest.raises(SignatureError):
        Verifier(given.get("public_url", PUBLIC_URL), *keys).verify(received)


def test_a_right_signature_is_said_to_be_right() -> None:
    for base in (PUBLIC_URL, f"{PUBLIC_URL}:443"):
        assert diagnosis(form(base + PATH)).cause == "right"
    assert diagnosis(by_sha256(SHARED), signature_settings=BY_SHARED_KEY).cause == "right"
    hashed = f"{PATH}?bodySHA256={HASH}"
    assert diagnosis(signature(PUBLIC_URL + hashed), **json(hashed)).cause == "right"


HARD: list[dict[str, Any]] = [
    {},
    {"auth_tokens": [f"token {n}" for n in range(40)]},
    {"auth_tokens": [], "shared_keys": []},
    {"public_url": "https://u:p@www.Sms.example.com:8443/p", "called": "https://127.0.0.1:80/q"},
    {"target": "/sms/sms//x%2f?" + "&".join(f"p{n}=%2b+'" for n in range(150))},
    {"target": "/?a&b=&a=1&c=%ff"},
    {"body": b"Body=" + b"%F0%9F%98%80" * 2_500},
    {"body": b"&".join(b"a=%d" % n for n in range(MOST_PARAMETERS))},
    {"body": b"&" * 30_000},
    {"body": b"a=%00%ff\xff\xfe+"},
    {"body": b"x" * LONGEST, "target": ""},
    json(),
    json(f"{PATH}?bodySHA256={HASH}"),
    json(body=b'{"a": "\\ud800"}'),
    json(body=b"[" * 30_000),
    {"content_type": "multipart/form-data; boundary=x"},
    {"called": "no URL at all"},
]


@pytest.mark.parametrize("changed", HARD, ids=range(len(HARD)))
def test_a_random_signature_fits_nothing_and_the_work_is_bounded(
    changed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    computed, digest = [0], hmac.digest

    def counted(*arguments: Any) -> bytes:
        computed[0] += 1
        return digest(*arguments)

    monkeypatch.setattr(hmac, "digest", counted)
    lots = random.Random(20261121)
    for size in (20, 32):
        for _ in range(10):
            computed[0] = 0
            given = base64.b64encode(lots.randbytes(size)).decode()
            found = diagnosis(given, **changed)
            assert found.cause in ("none", "undiagnosed")
            assert not found.found
            assert computed[0] == found.tried <= MOST_TRIED == 300


@pytest.mark.parametrize(
    ("changed", "tried"),
    [
        ({"body": b"x" * (LONGEST - len(PATH))}, True),
        ({"body": b"x" * (LONGEST - len(PATH) + 1)}, False),
        ({"body": b"&".join([b"a=b"] * MOST_PARAMETERS)}, True),
        ({"body": b"&".join([b"a=b"] * (MOST_PARAMETERS + 1))}, False),
        ({"target": "/?" + "&" * MOST_PARAMETERS}, False),
    ],
)
def test_what_is_too_long_is_not_looked_at(changed: dict[str, Any], tried: bool) -> None:
    found = diagnosis("A" * 27 + "=", **changed)
    assert found.cause == ("none" if tried else "undiagnosed")
    assert bool(found.tried) is tried


@pytest.mark.parametrize("given", ["", "x", "A" * 28, "A" * 44, "é" * 27 + "=", "\ud800" * 28])
def test_what_is_no_signature_is_not_looked_at(given: str) -> None:
    assert diagnosis(given) == Diagnosis("undiagnosed", diagnosis(given).sentence, 0)


def test_where_nothing_fits_the_token_is_probably_anothers() -> None:
    found = diagnosis(form(token="of another account"), public_url=f"https://u:hunter2@{H}")
    assert found.cause == "none"
    assert found.sentence.endswith(
        "set TWILIO_AUTH_TOKEN to that of the account that owns the number"
    )
    assert "hunter2" not in found.sentence
