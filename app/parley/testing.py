"""Test flows in process: the class of the pytest fixture `sms`, and what it needs."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from werkzeug.test import Client
from werkzeug.wrappers import Response as WerkzeugResponse

from parley.conversation.development_checks import Watch, watching
from parley.conversation.error_descriptions import cut
from parley.http_client import Request, Response, Send, Timeouts
from parley.request import PREFIX
from parley.settings.development import TEST_SECRET
from parley.simulator.delivery import Delivery, Webhook
from parley.simulator.simulator import TwilioSimulator
from parley.simulator.text import NOTHING
from parley.simulator.transcript import (
    AGAIN,
    COOKIE_BEFORE,
    COOKIE_LOST,
    NEXT_TEXT,
    answers,
    read_event,
    read_text,
    turns,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

PUBLIC_URL = "https://sms.example.com"
AUTH_TOKEN = "12345678901234567890123456789012"  # noqa: S105  # it protects nothing
SETTINGS = {
    "PUBLIC_URL": PUBLIC_URL,
    "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
    "SESSION_SECRET": TEST_SECRET,
}
"""The settings of the application under test, as environment variables."""
SENDER, RECIPIENT = "+15551230001", "+15559870002"

MakeApp = Callable[[Mapping[str, str], Mapping[str, Any], Callable[[], float]], "WSGIApplication"]
"""`(settings, services, clock) -> application`."""


class Clock:
    """The time of the server and of Twilio: seconds since 1970, moved by hand."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


class Application:
    """The application under test, made when it is first texted, and a simulated Twilio."""

    def __init__(
        self,
        make: MakeApp,
        clock: Clock,
        settings: Mapping[str, str] | None = None,
        services: Mapping[str, Any] | None = None,
    ) -> None:
        self._make, self.clock = make, clock
        self._settings, self._services = settings or {}, services or {}

        self.failures: dict[str, tuple[str, BaseException]] = {}
        """What is wrong with each text that failed, by MessageSid, and the error."""

    @cached_property
    def twilio(self) -> TwilioSimulator:
        application = self._make(self._settings, self._services, self.clock)
        send = over_wsgi(application, Watch(self._failed))
        return TwilioSimulator(send, self.clock, stops_loops=False)

    def _failed(self, sid: str, description: str, error: BaseException) -> None:
        self.failures[sid] = description, error

    def failure(self, delivery: Delivery) -> tuple[str, BaseException | None]:
        """What is wrong with a text that failed, and the error; empty if it did not."""
        return self.failures.get(delivery.parameters["MessageSid"], ("", None))

    def changed(self, settings: Mapping[str, str], services: Mapping[str, Any]) -> "Application":
        return Application(
            self._make,
            self.clock,
            {**self._settings, **settings},
            {**self._services, **services},
        )


class Sms:
    """A phone that texts the application under test: `sms.play("lunch", transcript)`.

    A flow is given by its name, or by its path if it is served elsewhere (`/texts/lunch`).
    """

    def __init__(self, application: Application, from_: str = SENDER, to: str = RECIPIENT) -> None:
        self._application, self.from_, self.to = application, from_, to
        self.clock = application.clock

    def __call__(
        self,
        *,
        from_: str = "",
        to: str = "",
        services: Mapping[str, Any] | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> "Sms":
        """Return another phone, or one that texts a changed application.

        `services` replaces services by name, and `settings` are environment variables. Without
        either, both phones text the same application.
        """
        application = self._application
        if services or settings:
            application = application.changed(settings or {}, services or {})
        return Sms(application, from_ or self.from_, to or self.to)

    def play(self, flow: str, transcript: str, **first: str) -> None:
        """Hold the conversation of a transcript, and fail with a diff at the first difference.

        `> ` precedes a text, and `< ` each line of the answer. `> look [https://…/cat.jpg]` sends a
        picture, `\\n` in a text is a line break. Lines between the texts begin with `* `: `4 hours
        later`, `cookie lost`, `cookie before`, `delivered again`, `server down`, `answer lost`, `it
        is 2026-12-24 09:00:00` (UTC), or a parameter of the next text, `OptOutType=STOP`. `first`
        are parameters of the first text.
        """
        __tracebackhide__ = True
        played: list[str] = []
        for turn in turns(transcript):
            events = [line for line in turn if line.startswith("*")]
            said = [line for line in turn if line.startswith(">")]
            delivery = self._play(flow, events, said, first)
            if delivery is None:
                continue
            sentence, error = self._application.failure(delivery)
            answered = [*events, *said, *answers(delivery, sentence)]
            if answered != turn:
                different = f"{flow} answers differently.\n{diff(played, turn, answered)}"
                raise AssertionError(different) from error and cut(error)
            played, first = played + turn, {}

    def _play(
        self, flow: str, events: Sequence[str], said: Sequence[str], first: Mapping[str, str]
    ) -> Delivery | None:
        """Let the events of a turn happen, and send its text; None without a text."""
        fault, parameters = "", dict(first)
        for event in map(read_event, events):
            if event.at is not None:
                self.clock.now = event.at
            self.clock.later(event.seconds_later)
            parameters |= [event.parameter] if event.parameter else []
            fault = event.name if event.name in NEXT_TEXT else fault
            if event.name == COOKIE_LOST:
                self.lose_cookie()
            elif event.name == COOKIE_BEFORE:
                self.restore_cookie()
            elif event.name == AGAIN:
                return self._again()
        if not said:
            return None
        body, pictures = read_text(said[0])
        return self._deliver(flow, body, pictures, parameters, fault)

    def text(
        self, flow: str, body: str = "hi", pictures: Sequence[str] = (), **parameters: str
    ) -> str:
        """Send one text, and return the lines of the answer, joined. `pictures` are URLs.

        `parameters` are added to Twilio's, or replace them. Fails the test if the server does not
        answer with 200, or if Twilio reports an error.
        """
        __tracebackhide__ = True
        return self._answer(self.deliver(flow, body, pictures, **parameters))

    def deliver(
        self, flow: str, body: str = "hi", pictures: Sequence[str] = (), **parameters: str
    ) -> Delivery:
        """Send one text, and return what happened to it: for a test that expects an error."""
        return self._deliver(flow, body, pictures, parameters)

    def deliver_again(self) -> str:
        """Deliver the last text a second time, with the cookie that it had."""
        __tracebackhide__ = True
        return self._answer(self._again())

    def react(self, flow: str, reaction: str = "Liked") -> Delivery:
        """Send a tapback to the last message, as an iPhone does: `Liked “…”`.

        `reaction` may be `Disliked`, `Loved`, `Laughed at`, `Emphasized` or `Questioned`.
        """
        thread = self.twilio.threads.get((self.from_, self.to), ())
        said = [each.body for each in thread if each.from_ == self.to]
        return self.deliver(flow, f"{reaction} “{said[-1] if said else 'Hello'}”")

    def lose_cookie(self) -> None:
        """Delete this phone's cookie, as Twilio rarely does."""
        self.twilio.forget(self.from_, self.to)

    def restore_cookie(self) -> None:
        """Put the cookie back as it was before the last text, as Twilio rarely does."""
        self.twilio.step_back(self.from_, self.to)

    def later(self, *, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Let time pass, for Twilio and for the server."""
        self.clock.later(3_600 * hours + 60 * minutes + seconds)

    def longest_path(self, flow: str, *texts: str) -> int:
        """Return the size in bytes of the largest cookie while these texts are answered.

        Give the longest answers that the flow accepts. The limit is 4,096 bytes; name, value and
        attributes count.
        """
        __tracebackhide__ = True
        largest = 0
        for text in texts:
            delivery = self.deliver(flow, text)
            self._answer(delivery)
            largest = max([largest, *(len(each.encode()) for each in delivery.set_cookies)])
        return largest

    def _deliver(
        self,
        flow: str,
        body: str,
        pictures: Sequence[str],
        parameters: Mapping[str, str] = NOTHING,
        fault: str = "",
    ) -> Delivery:
        path = flow if flow.startswith("/") else f"{PREFIX}{flow}"
        webhook = Webhook(f"{PUBLIC_URL}{path}", AUTH_TOKEN)
        return self.twilio.text(
            webhook, self.from_, self.to, body, pictures, parameters, fault=fault
        )

    def _again(self) -> Delivery:
        delivery = self.twilio.again(self.from_, self.to)
        if delivery is None:
            raise AssertionError("Send a text before you deliver it again.")
        return delivery

    def _answer(self, delivery: Delivery) -> str:
        __tracebackhide__ = True
        sentence, error = self._application.failure(delivery)
        answered = answers(delivery, sentence)
        if delivery.errors:
            failed = "\n".join(["The text is not answered:", *answered])
            raise AssertionError(failed) from error and cut(error)
        return "\n".join(line.removeprefix("<").removeprefix(" ") for line in answered)

    @property
    def cookie(self) -> str:
        """The cookie of the next text; empty when nothing is remembered."""
        return self.twilio.jar(self.from_, self.to).header()

    @property
    def twilio(self) -> TwilioSimulator:
        """The simulated Twilio, for everything else."""
        return self._application.twilio


def diff(before: Sequence[str], expected: Sequence[str], answered: Sequence[str]) -> str:
    """The transcript up to the first difference, then `- expected` and `+ answered` lines."""
    different = [line.rstrip() for line in difflib.ndiff(expected, answered)]
    return "\n".join([*(f"  {line}" for line in before), *different, "(- expected, + answered)"])


def over_wsgi(application: "WSGIApplication", watch: Watch | None = None) -> Send:
    """Send requests to an application in this process, and watch its turns."""
    client = Client(application, WerkzeugResponse, use_cookies=False)

    def send(request: Request, _: Timeouts) -> Response:
        parts = urlsplit(request.url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        token = watching.set(watch)
        try:
            answer = client.open(
                parts.path,
                method=request.method,
                query_string=parts.query,
                headers=request.headers,
                data=request.body,
                environ_overrides={"RAW_URI": target},
            )
        finally:
            watching.reset(token)
        return Response(answer.status_code, tuple(answer.headers.items()), answer.data)

    return send
