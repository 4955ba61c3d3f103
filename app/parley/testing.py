"""In-process tests of flows: the class of the pytest fixture `sms`."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from parley.conversation.development_checks import Watch
from parley.conversation.error_descriptions import cut
from parley.request import PREFIX
from parley.settings.development import TEST_SECRET
from parley.simulator.delivery import Delivery, Webhook
from parley.simulator.in_process import over_wsgi
from parley.simulator.simulator import TwilioSimulator
from parley.simulator.text import NOTHING
from parley.simulator.transcript import (
    AGAIN,
    COOKIE_BEFORE,
    COOKIE_LOST,
    NEXT_TEXT,
    answers,
    diff,
    message_lines,
    read_event,
    read_text,
    turns,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from parley.testing_database import DueMessages

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
    """The clock of the server and of the simulated Twilio, in seconds since 1970, set by tests."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def later(self, seconds: float) -> None:
        """Advance the clock."""
        self.now += seconds


class Application:
    """The application under test, created at the first text, and a simulated Twilio."""

    def __init__(
        self,
        make: MakeApp,
        clock: Clock,
        settings: Mapping[str, str] | None = None,
        services: Mapping[str, Any] | None = None,
    ) -> None:
        self._make, self.clock = make, clock
        self._settings, self._services = settings or {}, services or {}
        self._due: DueMessages | None = None

        self.failures: dict[str, tuple[str, BaseException]] = {}
        """The description and the error of each failed text, by MessageSid."""

    @cached_property
    def twilio(self) -> TwilioSimulator:
        application = self._make(self._settings, self._services, self.clock)
        send = over_wsgi(application, Watch(self._failed))
        simulator = TwilioSimulator(send, self.clock, stops_loops=False)
        extensions = getattr(application, "extensions", {})
        if "parley" in extensions and extensions["parley_settings"].database_url:
            from parley.testing_database import DueMessages  # needs the database driver

            self._due = DueMessages.of(extensions, simulator, self.clock)
        return simulator

    def pass_time(self, seconds: float) -> None:
        """Let time pass; with a database, everything happens that is due meanwhile."""
        if self._due:
            self._due.pass_time(seconds)
        else:
            self.clock.later(seconds)

    def _failed(self, sid: str, description: str, error: BaseException) -> None:
        self.failures[sid] = description, error

    def failure(self, delivery: Delivery) -> tuple[str, BaseException | None]:
        """Return the description and the error of a failed text; empty if it did not fail."""
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
        """Return another phone, or one with a changed application.

        `services` replaces services by name, and `settings` are environment variables. Without
        either, both phones text the same application.
        """
        application = self._application
        if services or settings:
            application = application.changed(settings or {}, services or {})
        return Sms(application, from_ or self.from_, to or self.to)

    def play(self, flow: str, transcript: str, **first: str) -> None:
        """Play the conversation of a transcript, and fail with a diff at the first difference.

        `> ` begins a text, and `< ` each line of the answer. `> look [https://…/cat.jpg]` sends a
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
            arrived, delivery = self._play(flow, events, said, first)
            sentence, error = self._application.failure(delivery) if delivery else ("", None)
            answered = [*events, *arrived, *said]
            answered += answers(delivery, sentence) if delivery else []
            if answered != turn:
                different = f"{flow} answers differently.\n{diff(played, turn, answered)}"
                raise AssertionError(different) from error and cut(error)
            played, first = played + turn, {} if delivery else first

    def _play(
        self, flow: str, events: Sequence[str], said: Sequence[str], first: Mapping[str, str]
    ) -> tuple[list[str], Delivery | None]:
        """Let the events of a turn happen, and send its text, if it has one.

        Return also the lines of the messages that arrived before the text.
        """
        fault, parameters, arrived = "", dict(first), list[str]()
        for event in map(read_event, events):
            passed = event.seconds_later if event.at is None else event.at - self.clock.now
            arrived += self._pass_time(passed)
            parameters |= [event.parameter] if event.parameter else []
            fault = event.name if event.name in NEXT_TEXT else fault
            if event.name == COOKIE_LOST:
                self.lose_cookie()
            elif event.name == COOKIE_BEFORE:
                self.restore_cookie()
            elif event.name == AGAIN:
                return arrived, self._again()
        if not said:
            return arrived, None
        body, pictures = read_text(said[0])
        return arrived, self._deliver(flow, body, pictures, parameters, fault)

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
        """Send one text, and return its delivery: for a test that expects an error."""
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
        """Delete this phone's cookie, which Twilio does rarely."""
        self.twilio.forget(self.from_, self.to)

    def restore_cookie(self) -> None:
        """Restore the cookie from before the last text, which Twilio does rarely."""
        self.twilio.step_back(self.from_, self.to)

    def later(self, *, hours: float = 0, minutes: float = 0, seconds: float = 0) -> str:
        """Let time pass, for Twilio and for the server.

        With a database, return the lines of the messages that arrive meanwhile, joined.
        """
        arrived = self._pass_time(3_600 * hours + 60 * minutes + seconds)
        return "\n".join(line.removeprefix("<").removeprefix(" ") for line in arrived)

    def _pass_time(self, seconds: float) -> list[str]:
        """Let time pass; return the messages that arrive meanwhile, as a transcript has them."""
        if not seconds:
            return []
        pair = (self.from_, self.to)
        before = max((each.number for each in self.twilio.threads.get(pair, ())), default=0)
        self._application.pass_time(seconds)
        sent = [each for each in self.twilio.threads.get(pair, ()) if each.number > before]
        return [line for each in sent for line in message_lines(each.body, each.media_urls)]

    def longest_path(self, flow: str, *texts: str) -> int:
        """Return the size in bytes of the largest cookie while these texts are answered.

        Pass the longest answers that the flow accepts. The limit is 4,096 bytes; name, value and
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
        """The cookie of the next text; empty without a session."""
        return self.twilio.jar(self.from_, self.to).header()

    @property
    def twilio(self) -> TwilioSimulator:
        """The simulated Twilio, for all other features."""
        return self._application.twilio
