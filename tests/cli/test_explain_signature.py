"""`parley explain`: the diagnosis from the command line."""

from hashlib import sha256
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.webhook import PUBLIC_URL, TOKEN, signature

URL = f"{PUBLIC_URL}/sms/counter"
FORM = {"From": "+15551230001", "Body": "a b", "ToCity": ""}
PAIRS = [f"{name}={value}" for name, value in FORM.items()]
SETTINGS = {"PUBLIC_URL": PUBLIC_URL, "TWILIO_AUTH_TOKEN": f"{TOKEN},older"}
QUERY = "From=%2B15551230001&Body=a+b&ToCity="


@pytest.mark.parametrize(
    ("url", "signed", "arguments", "cause", "sentence"),
    [
        (URL, signature(URL, FORM), PAIRS, "right", "The signature is right."),
        (URL, signature(URL, FORM, "older"), PAIRS, "another token", "secret 2 of the 2 of TWILIO"),
        (URL, signature(f"{URL}/", FORM), PAIRS, "slash", "a slash at its end"),
        (f"{URL}#rc=2", signature(URL, FORM), PAIRS, "right", "right"),
        (f"{URL}?{QUERY}", signature(f"{URL}?{QUERY}"), [], "right", "right"),
        (URL, signature(f"{URL}?{QUERY}"), ["--get", *PAIRS], "right", "right"),
        (URL, signature(URL, FORM), ["--get", *PAIRS], "method", "sign a GET by its URL alone"),
        (
            "http://a.b/p/sms/counter",
            signature("https://a.b/p/sms/counter", FORM),
            PAIRS,
            "host and prefix",
            "set PUBLIC_URL to https://a.b/p",
        ),
        (
            "https://a.b/sms/counter",
            signature("https://a.b/sms/counter", {**FORM, "Body": "a b "}),
            PAIRS,
            "host and trimmed values",
            "set PUBLIC_URL to https://a.b",
        ),
        (
            "https://a.b:8443/p/sms/counter",
            signature("https://a.b:8443/p/sms/counter", FORM),
            PAIRS,
            "host and port and prefix",
            "set PUBLIC_URL to https://a.b:8443/p",
        ),
    ],
)
def test_it_names_the_cause(
    parley: Run, url: str, signed: str, arguments: list[str], cause: str, sentence: str
) -> None:
    ended = parley("explain", url, "--signature", signed, *arguments, **SETTINGS)
    assert ended.stdout.startswith(f"{cause}: "), ended
    assert sentence in ended.stdout
    assert ended.returncode == 0
    assert "+1555" not in ended.stdout


@pytest.mark.parametrize("signed", ["A" * 27 + "=", "x"])
def test_without_a_cause_the_exit_status_is_1(parley: Run, signed: str) -> None:
    ended = parley("explain", URL, "--signature", signed, *PAIRS, **SETTINGS)
    assert ended.returncode == 1
    assert ended.stdout.startswith(("none: ", "undiagnosed: "))
    assert ended.stderr == ""


def test_a_raw_body_is_read_from_a_file(parley: Run, tmp_path: Path) -> None:
    body = b'{"a": "b"}'
    (tmp_path / "body").write_bytes(body)
    given = ("--body", "body", "--content-type", "application/json")
    ended = parley("explain", URL, "--signature", signature(URL), *given, **SETTINGS)
    assert ended.stdout.startswith(
        "json: the signature is right, but it does not cover the body: sign"
    )
    hashed = f"{URL}?bodySHA256={sha256(body).hexdigest()}"
    ended = parley("explain", hashed, "--signature", signature(hashed), *given, **SETTINGS)
    assert ended.stdout.startswith("right: ")


def test_public_url_is_optional(parley: Run) -> None:
    arguments = ("explain", URL, "--signature", signature(URL, FORM), *PAIRS)
    assert parley(*arguments, TWILIO_AUTH_TOKEN=TOKEN).stdout.startswith("right: ")


@pytest.mark.parametrize(
    ("arguments", "settings", "sentence"),
    [
        (("a.b/c", "--signature", "x"), SETTINGS, "must begin with https://"),
        ((URL,), SETTINGS, "Missing option '--signature'"),
        ((URL, "--signature", "x", "Body"), SETTINGS, "Write every parameter as Name=value"),
        ((URL, "--signature", "x", "--get", "--body", "/dev/null"), SETTINGS, "a GET has no body"),
        ((URL, "--signature", "x"), {}, "TWILIO_AUTH_TOKEN is not set"),
        (
            (URL, "--signature", "A" * 27 + "="),
            {**SETTINGS, "PUBLIC_URL": "ftp://x"},
            "PUBLIC_URL: a",
        ),
    ],
)
def test_invalid_arguments_are_reported(
    parley: Run, arguments: tuple[str, ...], settings: dict[str, str], sentence: str
) -> None:
    ended = parley("explain", *arguments, **settings)
    assert ended.returncode in (1, 2)
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr
