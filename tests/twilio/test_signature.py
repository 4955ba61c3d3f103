"""Signatures, compared with those of the official libraries: signature_vectors.json."""

import json
from base64 import b64encode
from hashlib import sha256
from hmac import digest
from pathlib import Path
from time import thread_time
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode

import pytest
from hypothesis import given as given_that
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from parley.refusals import SignatureError
from parley.twilio.signature import Received, Verifier, named_algorithm
from tests.webhook import TOKEN, signature

VECTORS = json.loads(Path(__file__).with_name("signature_vectors.json").read_text())["vectors"]
FORM = "application/x-www-form-urlencoded; charset=UTF-8"
URL = "https://sms.example.com"


def hashed(body: bytes) -> str:
    return f"/sms?bodySHA256={sha256(body).hexdigest()}"


HASH = sha256(b'{"a": 1}').hexdigest()


def split(url: str) -> tuple[str, str]:
    """Split a URL into PUBLIC_URL and the raw target after it."""
    scheme, _, rest = url.partition("://")
    end = next((n for n, character in enumerate(rest) if character in "/?#"), len(rest))
    return f"{scheme}://{rest[:end]}", rest[end:]


def received(target: str, **changed: Any) -> Received:
    parts: dict[str, Any] = {
        "target": target.encode(),
        "content_type": "",
        "body": b"",
        "signature": signature(URL + target),
        "signature_settings": "",
    }
    return Received(**{**parts, **changed})


def accepts(request: Received, public_url: str = URL, tokens: tuple[str, ...] = (TOKEN,)) -> bool:
    try:
        Verifier(public_url, tokens).verify(request)
    except SignatureError:
        return False
    return True


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_signatures_agree_with_the_official_libraries(vector: dict[str, Any]) -> None:
    public_url, target = split(vector["url"])
    if "body" in vector:
        content_type, body = "application/octet-stream", vector["body"].encode()
    elif vector["method"] == "GET":
        content_type, body = "", b""
    else:
        content_type, body = FORM, urlencode(vector["params"], doseq=True).encode()
    request = Received(target.encode(), content_type, body, vector["signature"], "")
    assert accepts(request, public_url, (vector["auth_token"],)) is vector["expect"]


def test_the_vectors_are_complete() -> None:
    assert len(VECTORS) == 406
    assert sum(vector["expect"] for vector in VECTORS) > 150


@pytest.mark.parametrize(
    ("target", "body", "content_type"),
    [
        ("/sms", b'{"a": 1}', "application/json"),
        ("/sms?bodySHA256=", b'{"a": 1}', "application/json"),
        (f"/sms#?bodySHA256={HASH}", b'{"a": 1}', "application/json"),
        (f"/sms/bodySHA256={HASH}", b'{"a": 1}', "application/json"),
        (f"/sms?bodysha256={HASH}", b'{"a": 1}', "application/json"),
        (f"/sms?bodySHA256={HASH.upper()}", b'{"a": 1}', "application/json"),
        (f"/sms?bodySHA256={HASH}", b'{"a": 2}', "application/json"),
        (f"/sms?bodySHA256={HASH}", b"", ""),
        ("/sms?" + "a&" * 1_000, b"", ""),
        ("/sms?" + "a&" * 1_000, b"From=1", FORM),
        ("/sms", b"From=1", ""),
        ("/sms", b"From=1", "multipart/form-data; boundary=x"),
        ("/sms", b"From=%ff", FORM),
        ("/sms", b"a&" * 1_000, FORM),
        ("/sms", b"From=\xff", FORM),
        ("/sms", b"From=%ed%a0%80", FORM),
        (hashed(b"[]"), b"[]", "application/json"),
        (hashed(b"{"), b"{", "application/json"),
        (hashed(b"{}{}"), b"{}{}", "application/problem+json"),
        (hashed(b"[" * 99_999), b"[" * 99_999, "application/json"),
        (hashed(b'{"a":NaN}'), b'{"a":NaN}', "application/json"),
        (hashed(b'{"a":"\xff"}'), b'{"a":"\xff"}', "application/json"),
        (hashed('{"a":1}'.encode("utf-16")), '{"a":1}'.encode("utf-16"), "application/json"),
    ],
)
def test_a_body_that_is_not_signed_is_rejected(target: str, body: bytes, content_type: str) -> None:
    assert not accepts(received(target, body=body, content_type=content_type))


@pytest.mark.parametrize(
    "content_type",
    ["", FORM, "Application/X-WWW-Form-Urlencoded", "application/json", "text/plain"],
)
def test_an_empty_body_needs_no_hash_with_any_content_type(content_type: str) -> None:
    """Many clients send such a GET: hasura#10632, kontena#1078."""
    request = received("/sms/counter?From=%2B1555", content_type=content_type)
    assert Verifier(URL, [TOKEN]).verify(request) == {"From": "+1555"}
    wrong = signature(URL + "/sms")
    assert not accepts(received("/sms/counter", content_type=content_type, signature=wrong))


@pytest.mark.parametrize("target", ["/sms?", "/sms?a=%27", "/sms?a='", "/sms?a=%C3%A9", "/a%20b+c"])
def test_the_target_is_compared_byte_for_byte(target: str) -> None:
    assert accepts(received(target))
    assert not accepts(received(target, signature=signature(URL + target.rstrip("?") + "&")))
    if target.endswith("?"):
        assert not accepts(received(target, signature=signature(URL + "/sms")))


def test_the_target_may_be_invalid_utf8() -> None:
    target = b"/sms?a=\xff\xfe"
    mac = b64encode(digest(TOKEN.encode(), URL.encode() + target, "sha1")).decode()
    assert Verifier(URL, [TOKEN]).verify(Received(target, "", b"", mac, "")) == {
        "a": "\ufffd\ufffd"
    }


@pytest.mark.parametrize(
    "given",
    [
        "",
        " ",
        "x",
        "=" * 28,
        "é" * 28,
        "\ud800" * 28,
        "\x00" * 28,
        "A" * 28,
        "A" * 100_000,
        "Ａ" * 28,
    ],
)
def test_a_malformed_signature_is_rejected_without_an_exception(given: str) -> None:
    assert not accepts(received("/sms/counter", signature=given))


@pytest.mark.parametrize("token", ["", "None"])
def test_an_empty_token_is_not_valid(token: str) -> None:
    assert not accepts(received("/sms", signature=signature(URL + "/sms", token=token)))
    assert not accepts(received("/sms", signature=signature(URL + "/sms", token=token)), tokens=())


def test_each_of_several_tokens_is_valid() -> None:
    for token in ("the new one", "the old one"):
        request = received("/sms", signature=signature(URL + "/sms", token=token))
        assert accepts(request, tokens=("the new one", "the old one"))
    assert not accepts(received("/sms"), tokens=("the new one", "the old one"))


SHARED = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"


def signed_256(target: str, secret: str) -> str:
    return str(RequestValidator(secret).compute_signature(URL + target, {}, "HMAC_SHA256"))


def test_a_shared_key_is_valid_only_with_sha256() -> None:
    verifier = Verifier(URL, [TOKEN], ["shared secret"])
    good = received("/a", signature=signed_256("/a", "shared secret"), signature_settings=SHARED)
    assert verifier.verify(good) == {}
    assert verifier.verify(received("/a")) == {}, (
        "without the header, the auth token must be accepted"
    )


@pytest.mark.threat("S13")
@pytest.mark.parametrize(
    ("given", "settings"),
    [
        (signature(URL + "/a"), SHARED),  # a token's SHA-1 with the name SHA-256
        (signature(URL + "/a", token="shared secret"), SHARED),
        (signed_256("/a", TOKEN), SHARED),  # the token is not a SharedKey
        (signed_256("/a", "shared secret"), ""),  # SHA-256 without a named algorithm
        (signed_256("/a", "shared secret"), "key=k,algorithm=HMAC_SHA1"),
        (signature(URL + "/a", token="shared secret"), ""),
        (signature(URL + "/a"), "algorithm=HMAC_MD5"),
        (signature(URL + "/a"), "algorithm=none"),
        (signature(URL + "/a"), "algorithm="),
        (signature(URL + "/a"), "key=k"),
        (signature(URL + "/a"), "key=k;algorithm=HMAC_SHA1"),
        (signature(URL + "/a"), "algorithm:HMAC_SHA1"),
        (signature(URL + "/a"), "algorithm=HMAC_SHA1,algorithm=HMAC_SHA256"),
        (signed_256("/a", "shared secret"), "algorithm=HMAC_SHA256,algorithm=HMAC_SHA1"),
        (signed_256("/a", "shared secret"), "algorithm=hmac_sha256"),
    ],
)
def test_each_key_is_valid_only_with_its_algorithm(given: str, settings: str) -> None:
    request = received("/a", signature=given, signature_settings=settings)
    with pytest.raises(SignatureError):
        Verifier(URL, [TOKEN], ["shared secret"]).verify(request)


@pytest.mark.parametrize("settings", ["", " ", "algorithm=HMAC_SHA1", "key=k, algorithm=HMAC_SHA1"])
def test_the_default_algorithm_is_sha1(settings: str) -> None:
    assert named_algorithm(settings) == "HMAC_SHA1"


def test_the_algorithm_must_be_named_once_and_exactly() -> None:
    assert named_algorithm("algorithm=HMAC_SHA1=x") == "HMAC_SHA1=x"
    assert named_algorithm("algorithm=HMAC_SHA1,algorithm=b") == "HMAC_SHA1+b"


def test_only_allowed_accounts_are_accepted() -> None:
    verifier = Verifier(URL, [TOKEN], allowed_accounts=["AC1"])
    assert verifier.verify(received("/a?AccountSid=AC1"))["AccountSid"] == "AC1"
    for target in ("/a?AccountSid=AC2", "/a?AccountSid=", "/a"):
        with pytest.raises(SignatureError, match="account not allowed"):
            verifier.verify(received(target))


@pytest.mark.parametrize("port", ["", ":8443", ":443"])
def test_ipv6_with_and_without_the_port(port: str) -> None:
    public_url = "https://[2001:db8::1]" + (port or ":443")
    request = received("/sms", signature=signature(f"https://[2001:db8::1]{port}/sms"))
    assert accepts(request, public_url)


@given_that(st.lists(st.tuples(st.text(max_size=4), st.text(max_size=4)), min_size=1, max_size=8))
def test_any_form_is_signed_as_by_the_official_validator(form: list[tuple[str, str]]) -> None:
    body = urlencode(form, errors="replace")
    fields = parse_qs(body, keep_blank_values=True)
    mac = RequestValidator(TOKEN).compute_signature(
        f"{URL}/sms", MultiDict(parse_qsl(body, keep_blank_values=True))
    )
    request = received("/sms", body=body.encode(), content_type=FORM, signature=mac)
    proven = Verifier(URL, [TOKEN]).verify(request)
    assert proven == {name: values[0] for name, values in fields.items()}


def seconds_to_refuse(body: bytes) -> float:
    request = received("/sms", body=body, content_type=FORM)
    took = []
    for _ in range(9):
        began = thread_time()
        assert not accepts(request)
        took.append(thread_time() - began)
    return min(took)


@pytest.mark.threat("S25")
def test_a_megabyte_with_a_non_latin_character_is_rejected_as_quickly() -> None:
    """Sorting and signing it as text took three times as long."""
    plain = b"Body=" + b"a" * 1_048_000
    assert seconds_to_refuse(plain + "🍕".encode()) < 2 * seconds_to_refuse(plain)


def test_names_are_sorted_by_code_point() -> None:
    form = {"\U00010000": "beyond", "\uffff": "within", "a": "b", "A": "B"}
    body = urlencode(form).encode()
    given = signature(f"{URL}/sms", form)
    assert accepts(received("/sms", body=body, content_type=FORM, signature=given))


def test_blank_and_repeated_parameters_are_signed_and_kept() -> None:
    form = {"ToCity": "", "Body": ["b", "a", "b"], "From": "+1"}
    body = urlencode(form, doseq=True).encode()
    request = received(
        "/s?Body=q", body=body, content_type=FORM, signature=signature(URL + "/s?Body=q", form)
    )
    proven = Verifier(URL, [TOKEN]).verify(request)
    assert proven == {"ToCity": "", "Body": "b", "From": "+1"}


def test_json_strings_and_numbers_override_the_query() -> None:
    body = (
        b'{"Body": "said", "N": 1.50, "I": 12345678901234567890, "B": true, "L": ["x"], "X": null}'
    )
    target = f"/s?Body=q&B=kept&bodySHA256={sha256(body).hexdigest()}"
    proven = Verifier(URL, [TOKEN]).verify(
        received(target, body=body, content_type="application/json")
    )
    assert (proven["Body"], proven["N"], proven["I"]) == ("said", "1.50", "12345678901234567890")
    assert proven["B"] == "kept"
    assert "L" not in proven
    assert "X" not in proven


def development(warnings: list[str]) -> Verifier:
    return Verifier(URL, [TOKEN], accept_unsigned_json=True, on_warning=warnings.append)


@pytest.mark.parametrize("content_type", ["application/json", "Application/Problem+JSON"])
def test_development_accepts_json_without_its_hash_with_a_warning(content_type: str) -> None:
    """The example in Twilio's own documentation, signed over the URL without the hash."""
    warnings: list[str] = []
    request = received("/a?To=%2B1556", body=b'{"From": "+1555"}', content_type=content_type)
    assert development(warnings).verify(request) == {"From": "+1555", "To": "+1556"}
    (warning,) = warnings
    assert "in production this request is rejected (403)" in warning
    assert "parley sign URL --json FILE" in warning
    assert not accepts(request), "only allowed in development"


@pytest.mark.parametrize(
    "changed",
    [
        {"signature": signature(URL + "/b")},
        {"signature": ""},
        {"body": b"[]"},
        {"body": b'{"From": '},
        {"content_type": "text/plain"},
        {"content_type": ""},
        {"content_type": FORM},
    ],
    ids=str,
)
def test_development_accepts_no_other_request(changed: dict[str, Any]) -> None:
    warnings: list[str] = []
    parts = {"body": b'{"From": "+1555"}', "content_type": "application/json", **changed}
    with pytest.raises(SignatureError):
        development(warnings).verify(received("/a", **parts))
    assert len(warnings) == (1 if changed.get("body") else 0), (
        "a warning is for signed requests only"
    )


def test_development_checks_an_existing_hash() -> None:
    warnings: list[str] = []
    parts = {"body": b"{}", "content_type": "application/json"}
    assert development(warnings).verify(received(hashed(b"{}"), **parts))
    with pytest.raises(SignatureError, match="body changed"):
        development(warnings).verify(received(hashed(b"{} "), **parts))
    assert not warnings


def test_a_signature_is_valid_for_two_splits_of_the_same_text() -> None:
    """The signed string has no separators, so both are valid (docs/decisions/0003)."""
    given = signature(f"{URL}/s", {"From": "+1555", "FromCity": "X"})
    for body in (b"From=%2B1555&FromCity=X", b"From=%2B1555FromCityX"):
        assert accepts(received("/s", body=body, content_type=FORM, signature=given))


JSON = "application/json"
REASONS = [
    (
        received("/a", signature_settings="algorithm=none"),
        ("unknown algorithm", "use HMAC_SHA1 or HMAC_SHA256"),
    ),
    (
        received("/a", signature=""),
        ("no signature", "Twilio sends X-Twilio-Signature; does a proxy drop it?"),
    ),
    (
        received("/a", signature="A" * 27),
        ("malformed signature", "it is not the base64 of an HMAC_SHA1"),
    ),
    (
        received("/a", signature="A" * 44, signature_settings=SHARED),
        ("no key", "HMAC_SHA256 signed it; set TWILIO_WEBHOOK_SHARED_KEY"),
    ),
    (
        received("/a", signature=signature(URL + "/b")),
        (
            "wrong signature",
            "Twilio signs the URL that it calls; PUBLIC_URL is https://sms.example.com: "
            "is that what the webhook is set to, http or https and port too? "
            "If so, set TWILIO_AUTH_TOKEN to the account's that owns the number",
        ),
    ),
    (
        received("/a", body=b"{}", content_type=JSON),
        ("body not covered", "sign the URL with bodySHA256, or send a form"),
    ),
    (
        received(hashed(b"{}"), body=b"{} ", content_type=JSON),
        (
            "body changed",
            "bodySHA256 is not the SHA-256 of the body in lower-case hex: sign the URL with "
            "bodySHA256, and let the proxy pass the body unchanged",
        ),
    ),
    (
        received(hashed(b"[]"), body=b"[]", content_type=JSON),
        ("unreadable body", "the JSON is not an object: send a form or a JSON object, in UTF-8"),
    ),
    (
        received("/a?AccountSid=AC2"),
        ("account not allowed", "add it to TWILIO_ALLOWED_ACCOUNTS"),
    ),
]


@pytest.mark.parametrize(("request_", "said"), REASONS, ids=[said[0] for _, said in REASONS])
def test_a_rejection_has_a_reason_and_a_next_step(
    request_: Received, said: tuple[str, str]
) -> None:
    with pytest.raises(SignatureError) as caught:
        Verifier(URL, [TOKEN], allowed_accounts=["AC1"]).verify(request_)
    assert (caught.value.reason, caught.value.next_step) == said
    assert caught.value.cause is None


def test_an_error_never_repeats_the_request() -> None:
    request = received("/sms?From=%2B15551230001", signature="A" * 27 + "=")
    with pytest.raises(SignatureError) as caught:
        Verifier("https://user:hunter2@sms.example.com", [TOKEN]).verify(request)
    for secret in ("+15551230001", "%2B1555", TOKEN, "hunter2", "AAAA"):
        assert secret not in str(caught.value)
    assert "PUBLIC_URL is https://sms.example.com" in caught.value.next_step
