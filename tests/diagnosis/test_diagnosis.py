"""The diagnosis: requests with one mistake each, the cause that it names, and the next step."""

import base64
import hmac
import random
import time
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import pytest

from parley.diagnosis.diagnosis import (
    LONGEST,
    MOST_PARAMETERS,
    MOST_TRIED,
    SECONDS,
    Diagnosis,
    explain,
)
from parley.refusals import SignatureError
from parley.twilio.signature import Received
from tests.diagnosis.table import TABLE, H, Row
from tests.diagnosis.world import (
    BY_SHARED_KEY,
    FORM,
    OLD,
    PATH,
    SHARED,
    TYPE,
    World,
    alternatives,
    changing,
    followed,
    with_query_sorted,
)
from tests.webhook import PUBLIC_URL, TOKEN, signature

BODY = urlencode(FORM).encode()
JSON, JSON_TYPE = b'{"Body": "hi", "From": "+1555"}', "application/json"
HASH = sha256(JSON).hexdigest()


def diagnosis(signed: str, **changed: Any) -> Diagnosis:
    """Diagnose a form that is sent to the counter with this signature and these changes."""
    request = {"target": PATH, "content_type": TYPE, "body": BODY, "signature_settings": ""}
    parts = {name: changed.pop(name, value) for name, value in request.items()}
    known = {"public_url": PUBLIC_URL, "auth_tokens": [TOKEN, OLD], "shared_keys": [SHARED]}
    parts["target"] = parts["target"].encode()
    return explain(Received(signature=signed, **parts), None, **{**known, **changed})


def json(target: str = PATH, **changed: Any) -> dict[str, Any]:
    return {"content_type": JSON_TYPE, "body": JSON, "target": target, **changed}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_the_diagnosis_names_each_mistake_and_the_next_step(row: Row) -> None:
    found = row.world.diagnosis()
    assert found.cause == row.cause, found
    assert row.next_step in found.sentence, found.sentence
    assert found.found is (row.cause != "none")
    assert 1 <= found.tried <= MOST_TRIED
    told = found.sentence.replace(row.world.public_url, "")
    for secret in (TOKEN, OLD, SHARED, "hunter2", "+1555", "Tom", "counter", "bodySHA256=" + HASH):
        assert secret not in told


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_each_request_of_the_table_is_rejected(row: Row) -> None:
    with pytest.raises(SignatureError):
        row.world.accepted()


@pytest.mark.parametrize("row", [row for row in TABLE if row.cause != "none"], ids=lambda r: r.name)
def test_each_next_step_fixes_the_mistake(row: Row) -> None:
    """After each of the suggested steps, the next text is accepted and finds its flow."""
    sentence = row.world.diagnosis().sentence
    for steps in alternatives(sentence):
        assert followed(row.world, steps).accepted(), f"{steps} of {sentence}"


def test_a_valid_signature_is_reported_as_valid() -> None:
    for base in (PUBLIC_URL, f"{PUBLIC_URL}:443"):
        assert World(webhook=base + PATH).diagnosis().cause == "right"
    assert World(key=SHARED, settings=BY_SHARED_KEY).diagnosis().cause == "right"
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
    {
        "public_url": "https://u:p%3Fq%2F%23@h.example/a%3Fb%20c",
        "called": "https://x%3Fy@h.example",
    },
    {"public_url": f"https://{'ü' * 80}.example", "called": f"https://{'a' * 80}."},
]


@pytest.mark.parametrize("changed", HARD, ids=range(len(HARD)))
def test_a_random_signature_has_no_cause_and_the_work_is_bounded(
    changed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    computed, digest = [0], hmac.digest

    def counted(*arguments: Any) -> bytes:
        computed[0] += 1
        return digest(*arguments)

    monkeypatch.setattr(hmac, "digest", counted)
    lots = random.Random(20261121)
    for size in (20, 32):
        for _ in range(3):
            computed[0] = 0
            given = base64.b64encode(lots.randbytes(size)).decode()
            found = diagnosis(given, **changed)
            assert found.cause in ("none", "undiagnosed")
            assert not found.found
            assert computed[0] == found.tried <= MOST_TRIED == 600


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
def test_a_request_that_is_too_long_is_not_diagnosed(changed: dict[str, Any], tried: bool) -> None:
    found = diagnosis("A" * 27 + "=", **changed)
    assert found.cause == ("none" if tried else "undiagnosed")
    assert bool(found.tried) is tried


@pytest.mark.parametrize("given", ["", "x", "A" * 28, "A" * 44, "é" * 27 + "=", "\ud800" * 28])
def test_a_malformed_signature_is_not_diagnosed(given: str) -> None:
    assert diagnosis(given) == Diagnosis("undiagnosed", diagnosis(given).sentence, 0)


def test_the_diagnosis_names_the_second_token() -> None:
    world = World(key=OLD)
    assert world.accepted()
    assert world.diagnosis().cause == "another token"
    assert "secret 2 of the 2 of TWILIO_AUTH_TOKEN: nothing is wrong" in world.diagnosis().sentence


def test_without_a_match_the_likely_cause_is_another_account() -> None:
    found = World(key="of another account", public_url=f"https://u:hunter2@{H}").diagnosis()
    assert found.cause == "none"
    assert found.sentence.endswith(
        "set TWILIO_AUTH_TOKEN to the auth token of the account that owns the number"
    )
    assert "hunter2" not in found.sentence


def test_a_query_with_too_many_orders_has_its_own_next_step() -> None:
    url = f"{PUBLIC_URL}{PATH}?" + "&".join(f"{name}=1" for name in "hgfabcde")
    found = World(webhook=url, sends=changing(target=with_query_sorted)).diagnosis()
    assert found.cause == "none"
    assert found.sentence.endswith(
        "; if not, write the parameters in the webhook's query sorted by name"
    )


SLOW: list[dict[str, Any]] = [
    {
        "target": "/?" + "&".join(f"a{n}=%2B" for n in range(MOST_PARAMETERS)),
        "called": "https://x.y",
    },
    {"body": b"&".join(b"a%d=%%2B" % n for n in range(MOST_PARAMETERS))},
    {"body": b"Body=" + b"%F0%9F%98%80" * ((LONGEST - 30) // 12)},
    {"auth_tokens": [f"token {n}" for n in range(40)]},
]


@pytest.mark.parametrize("changed", SLOW, ids=range(len(SLOW)))
def test_a_diagnosis_takes_little_cpu_time(changed: dict[str, Any]) -> None:
    before = time.thread_time()
    found = diagnosis("A" * 27 + "=", **changed)
    assert found.tried
    assert time.thread_time() - before < SECONDS + 0.05
