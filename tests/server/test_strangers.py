"""Attackers at a real server: unusual headers, and the response bytes to unusual texts."""

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from tests import webhook
from tests.odd_texts import MARK, ODD
from tests.server.running import Server, running
from tests.server.senders import FORM
from tests.webhook import PUBLIC_URL, TOKEN, message, signature

SHARED_KEY = "a shared key of Twilio's"
SETTINGS = {
    **webhook.SETTINGS,
    "TWILIO_AUTH_TOKEN": f" ,{TOKEN},, ",
    "TWILIO_WEBHOOK_SHARED_KEY": SHARED_KEY,
}
TARGET = "/sms/sign-up"
TEXT = message()
RIGHT = signature(PUBLIC_URL + TARGET, TEXT)
RIGHT_256 = RequestValidator(SHARED_KEY).compute_signature(PUBLIC_URL + TARGET, TEXT, "HMAC_SHA256")
WRONG = f"{'A' * 27}="
SIGNED, SAYS = "X-Twilio-Signature", "X-Twilio-Webhooks-Signature-Settings"
SHA256, SHA1 = "key=k,algorithm=HMAC_SHA256", "algorithm=HMAC_SHA1"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server"), SETTINGS) as server:
        yield server


def text(server: Server, *headers: tuple[str, str], form: dict[str, str] = TEXT) -> bytes:
    """Send a form with these headers, byte for byte; return everything that comes back."""
    body = urlencode(form)
    usual = [("Host", "x"), ("Connection", "close"), ("Content-Type", FORM)]
    lines = [f"{name}: {value}" for name, value in [*usual, *headers]]
    head = [f"POST {TARGET} HTTP/1.1", *lines, f"Content-Length: {len(body)}"]
    return server.send("\r\n".join([*head, "", body]).encode("latin-1"))


def test_a_token_and_a_shared_key_are_accepted(server: Server) -> None:
    assert text(server, (SIGNED, RIGHT)).startswith(b"HTTP/1.1 200 ")
    assert text(server, (SIGNED, RIGHT), (SAYS, SHA1)).startswith(b"HTTP/1.1 200 ")
    assert text(server, (SIGNED, RIGHT_256), (SAYS, SHA256)).startswith(b"HTTP/1.1 200 ")


TRICKS: dict[str, list[tuple[str, str]]] = {
    "two signatures, the right one first": [(SIGNED, RIGHT), (SIGNED, WRONG)],
    "two signatures, the right one last": [(SIGNED, WRONG), (SIGNED, RIGHT)],
    "the right one twice": [(SIGNED, RIGHT), (SIGNED, RIGHT)],
    "an underscore for a hyphen": [("X_Twilio_Signature", RIGHT)],
    "a name of CGI's": [("HTTP_X_TWILIO_SIGNATURE", RIGHT)],
    "another case of base64": [(SIGNED, RIGHT.swapcase())],
    "without its padding": [(SIGNED, RIGHT.rstrip("="))],
    "in quotation marks": [(SIGNED, f'"{RIGHT}"')],
    "SHA-256 with SHA-1's": [(SIGNED, RIGHT), (SAYS, SHA256)],
    "SHA-1 with SHA-256's": [(SIGNED, RIGHT_256), (SAYS, SHA1)],
    "SHA-256 without saying so": [(SIGNED, RIGHT_256)],
    "both algorithms, in two headers": [(SIGNED, RIGHT), (SAYS, SHA1), (SAYS, SHA256)],
    "both, the other way round": [(SIGNED, RIGHT_256), (SAYS, SHA256), (SAYS, SHA1)],
    "settings with an underscore": [(SIGNED, RIGHT_256), (SAYS.replace("-", "_"), SHA256)],
    "no algorithm": [(SIGNED, RIGHT), (SAYS, "algorithm=none")],
    "no signature, and no algorithm": [(SIGNED, ""), (SAYS, "algorithm=none")],
    "a signature of spaces": [(SIGNED, " " * 28)],
}


@pytest.mark.threat("S13")
@pytest.mark.parametrize("headers", TRICKS.values(), ids=TRICKS)
def test_no_header_bypasses_the_signature_check(
    server: Server, headers: list[tuple[str, str]]
) -> None:
    before = server.log().count(" turn ")
    assert text(server, *headers).startswith(b"HTTP/1.1 403 ")
    assert server.log().count(" turn ") == before


@pytest.mark.threat("S12")
@pytest.mark.parametrize("token", ["", " ", "None", "null", "0", ","])
def test_a_blank_token_is_not_valid(server: Server, token: str) -> None:
    """TWILIO_AUTH_TOKEN deliberately has blank entries between its commas."""
    theirs = signature(PUBLIC_URL + TARGET, TEXT, token)
    assert text(server, (SIGNED, theirs)).startswith(b"HTTP/1.1 403 ")
    theirs = RequestValidator(token).compute_signature(PUBLIC_URL + TARGET, TEXT, "HMAC_SHA256")
    assert text(server, (SIGNED, theirs), (SAYS, SHA256)).startswith(b"HTTP/1.1 403 ")


HEAD = re.compile(
    rb"HTTP/1\.1 200 OK\r\nServer: gunicorn\r\nDate: [^\r\n]+\r\nConnection: close\r\n"
    rb"Content-Type: text/xml; charset=utf-8\r\nContent-Length: \d+\r\n"
    rb"(Cache-Control: no-store\r\n|X-Content-Type-Options: nosniff\r\n){2}"
    rb"Set-Cookie: parley=[\w.-]+; Path=/; HttpOnly; Secure; Max-Age=14400"
)


@pytest.mark.threat("S19")
def test_the_response_headers_do_not_depend_on_the_text(server: Server) -> None:
    begun = text(server, (SIGNED, RIGHT))
    cookie = begun.partition(b"Set-Cookie: ")[2].partition(b";")[0].decode()
    before = len(server.log().splitlines())
    for odd in ODD.values():
        form = message(odd)
        signed = signature(PUBLIC_URL + TARGET, form)
        answer = text(server, (SIGNED, signed), ("Cookie", cookie), form=form)
        head, end, document = answer.partition(b"\r\n\r\n")
        assert HEAD.fullmatch(head), head
        assert end
        assert document.count(b"<Message>") == document.count(b"</Response>") == 1
    assert len(server.log().splitlines()) == before + len(ODD)
    assert MARK not in server.log()
