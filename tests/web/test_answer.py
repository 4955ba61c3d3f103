"""What every answer says of itself."""

from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import create_environ, run_wsgi_app
from werkzeug.wrappers import Response

from app.web.answer import KEPT_BY_NOBODY, Answer
from tests.twilio import Twilio, message


def is_kept_by_nobody(response: Response) -> bool:
    said = response.headers
    policy = said.getlist("Cache-Control"), said.getlist("X-Content-Type-Options")
    return policy == (["no-store"], ["nosniff"]) and "Server" not in said


def test_no_answer_is_kept_and_no_type_is_guessed(
    make_app: Callable[..., Flask], guest_flow: Callable[[str, str], None]
) -> None:
    """The refusals are held to the same in their own table."""
    guest_flow("breaks", "def breaks(message, session):\n    return 1 / 0\n")
    token = "t" * 32
    client = make_app(METRICS_TOKEN=token).test_client(use_cookies=False)
    twilio = Twilio(client)
    metrics = {"headers": {"Authorization": f"Bearer {token}"}}
    answers = [
        (200, twilio.text("counter")),
        (200, twilio.text("reset-after-five", "STOP")),
        (200, twilio.post("/sms/fallback", message())),
        (200, client.get("/healthz", environ_overrides={"RAW_URI": "/healthz"})),
        (200, client.get("/metrics", environ_overrides={"RAW_URI": "/metrics"}, **metrics)),
        (400, twilio.post("/sms/counter", {})),
        (403, client.get("/metrics", environ_overrides={"RAW_URI": "/metrics"})),
        (404, twilio.post("/sms/nope", message())),
        (500, twilio.text("breaks")),
        (503, twilio.text("forward")),
    ]
    for status, response in answers:
        assert response.status_code == status
        assert is_kept_by_nobody(response), (status, response.headers)


def test_the_phone_is_kept_by_nobody_either(make_app: Callable[..., Flask]) -> None:
    url = "http://127.0.0.1:8000"
    client = make_app(PARLEY_MODE="development", PUBLIC_URL=url).test_client()
    for path in ("/phone/", "/phone/static/phone.js", "/phone/state?flow=counter", "/phone/nope"):
        for base, status in ((url, (200, 400, 404)), ("http://evil.example", (403,))):
            raw = {"RAW_URI": path}
            with client.get(path, base_url=base, environ_overrides=raw) as response:
                assert response.status_code in status
                assert is_kept_by_nobody(response), (path, response.headers)


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
@pytest.mark.parametrize("content", ["", "Wörter\n", b"<Response/>"])
def test_an_answer_is_sent_as_werkzeug_would_send_it(method: str, content: str | bytes) -> None:
    environ = create_environ(method=method)
    sent = []
    for kind in (Answer, Response):
        response = kind(content, 403, content_type="text/plain; charset=utf-8")
        response.headers.update(KEPT_BY_NOBODY)
        response.headers["Set-Cookie"] = "parley=; Path=/"
        body, status, headers = run_wsgi_app(response, environ)
        sent.append((b"".join(body), status, sorted(headers)))
    assert sent[0] == sent[1]
