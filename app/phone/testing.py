"""A pytest plugin: conversations with a flow of one's own, in process and by transcript.

In `conftest.py`: `pytest_plugins = ["app.phone.testing"]` and a fixture `app`, the application made
with `create_app(settings, clock=clock)` for this PUBLIC_URL and auth token.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response as WerkzeugResponse

from app.phone.delivery import Webhook
from app.phone.exchange import Request, Response, Send, Timeouts
from app.phone.switchboard import Switchboard
from app.phone.transcript import transcript

PUBLIC_URL = "https://sms.example.com"
AUTH_TOKEN = "12345678901234567890123456789012"  # noqa: S105  # it protects nothing
MY_NUMBER, APP_NUMBER = "+15551230001", "+15559870002"


class Clock:
    """The one seam of time: seconds since 1970, moved by hand."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


class Conversation:
    """One number's conversation with the app, cookies and time in the test's hands."""

    def __init__(self, send: Send, clock: Clock, from_: str, to: str) -> None:
        self.board, self.clock = Switchboard(send, clock), clock
        self.from_, self.to = from_, to

    def says(self, flow: str, body: str) -> list[str]:
        """Text the flow; the lines of the transcript that come back, `< ` before each.

        Fails the test where the answer earns an error from Twilio.
        """
        webhook = Webhook(f"{PUBLIC_URL}/sms/{flow}", AUTH_TOKEN)
        delivery = self.board.text(webhook, self.from_, self.to, body)
        assert not delivery.errors, "; ".join(map(str, delivery.errors))
        return transcript(body, delivery)[1:]

    def plays(self, flow: str, told: str) -> None:
        """Hold the conversation that a transcript tells: `> ` is texted, `< ` must come back."""
        expected = [line.strip() for line in told.strip().splitlines() if line.strip()]
        heard: list[str] = []
        for line in expected:
            if line.startswith(">"):
                text = line[1:].strip().replace("\\n", "\n")
                heard += [line, *self.says(flow, text)]
        assert heard == expected

    def loses_its_cookie(self) -> None:
        self.board.forget(self.from_, self.to)

    def sends_the_cookie_before(self) -> None:
        """Put the cookie back as it was before the last text."""
        self.board.step_back(self.from_, self.to)

    def texts_again(self) -> list[str]:
        """Deliver the last text once more; the lines that come back."""
        delivery = self.board.again(self.from_, self.to)
        assert delivery is not None, "nothing has been texted yet"
        return transcript(delivery.parameters["Body"], delivery)[1:]

    def goes_on_later(self, *, hours: float = 0, seconds: float = 0) -> None:
        """Let time pass, for Twilio and the server both."""
        self.clock.later(3_600 * hours + seconds)


def over_wsgi(application: Callable[..., object]) -> Send:
    """Send requests to an application in this process."""
    client = Client(application, WerkzeugResponse, use_cookies=False)  # type: ignore[arg-type]

    def send(request: Request, _: Timeouts) -> Response:
        parts = urlsplit(request.url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        answer = client.open(
            parts.path,
            method=request.method,
            query_string=parts.query,
            headers=request.headers,
            data=request.body,
            environ_overrides={"RAW_URI": target},
        )
        return Response(answer.status_code, tuple(answer.headers.items()), answer.data)

    return send


@pytest.fixture
def clock() -> Clock:
    """The time of the server and of Twilio."""
    return Clock()


@pytest.fixture
def conversation(app: Callable[..., object], clock: Clock) -> Callable[..., Conversation]:
    """Make a Conversation: `conversation()` or `conversation(from_="+1555…")`."""
    send = over_wsgi(app)

    def make(from_: str = MY_NUMBER, to: str = APP_NUMBER) -> Conversation:
        return Conversation(send, clock, from_, to)

    return make
