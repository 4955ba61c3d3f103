"""gunicorn's own log at the debug level has no personal data and no secret."""

from pathlib import Path
from urllib.parse import quote, urlencode

from tests.server.running import running
from tests.webhook import PUBLIC_URL, message, signature

NUMBER, WORDS = "+15557654321", "recognisable-words"
TOKEN, SECRET = "recognisable-auth-token", "recognisable-session-secret-of-32-chars"
COOKIE = "parley=recognisable-cookie"


def test_gunicorns_own_log_and_responses_have_no_secrets(tmp_path: Path) -> None:
    settings = {"PUBLIC_URL": PUBLIC_URL, "TWILIO_AUTH_TOKEN": TOKEN, "SESSION_SECRET": SECRET}
    secret_setting = f"SESSION_SECRET={SECRET}"
    arguments = ("--env", secret_setting, "--log-level", "debug", "--access-logfile", "-")
    form = message(WORDS, from_=NUMBER)
    target = f"/sms/counter?{urlencode(form)}"
    signed = signature(PUBLIC_URL + target, token=TOKEN)
    number, head = quote(NUMBER), f"Host: x\r\nConnection: close\r\nCookie: {COOKIE}\r\n"
    with running(tmp_path, settings, *arguments) as server:
        answers = [
            server.send(
                f"GET {target} HTTP/1.1\r\n{head}X-Twilio-Signature: {signed}\r\n\r\n".encode()
            ),
            server.send(f"GET {target} HTTP/1.1\r\n{head}\r\n".encode()),
            server.send(f"GET {target} HTTP/1.1\r\n{head}X: {WORDS}\x01\r\n\r\n".encode()),
            server.send(f"GET {target} HTTP/1.1\r\n{head}{WORDS} : 1\r\n\r\n".encode()),
            server.send(f"GET {target} HTTP/1.1\r\n{head} {WORDS}\r\n\r\n".encode()),
            server.send(f"GET {target} {WORDS}\r\n{head}\r\n".encode()),
            server.send(f"{WORDS} {target} HTTP/1.1\r\n{head}\r\n".encode()),
            server.send(f"POST /sms/{number} HTTP/1.1\r\n{head}Expect: {WORDS}\r\n\r\n".encode()),
            server.send(f"POST / HTTP/1.1\r\n{head}Content-Length: {WORDS}\r\n\r\n".encode()),
            server.send(f"POST / HTTP/1.1\r\n{head}Transfer-Encoding: {WORDS}\r\n\r\n".encode()),
            server.send(
                f"POST / HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\n{WORDS}\r\n".encode()
            ),
        ]
        for path in (
            f"/sms/counter%3F{WORDS}",
            f"/{WORDS}",
            f"/sms/{NUMBER}",
            "/a%0d%0aforged-line",
        ):
            server.ask("GET", path)
    log = server.log()
    assert "\nforged-line" not in log
    assert log.count('"GET (another path) HTTP/1.1" 403') == 4
    assert answers[0].startswith(b"HTTP/1.1 200 OK")
    for answer in answers[1:]:
        assert answer[:10] in (b"HTTP/1.1 4", b"HTTP/1.1 5"), answer
    assert log.count("Invalid request: ") >= 5, "gunicorn must log rejected requests"
    assert "Invalid request: InvalidHeaderName. Next: Twilio does not send such requests." in log
    assert '"GET /sms/counter HTTP/1.1" 200' in log, "the access log must have the path"
    said = [NUMBER, number, NUMBER[1:], WORDS, "recognisable", signed, quote(signed, safe="")]
    assert [each for each in said if each in log] == []
