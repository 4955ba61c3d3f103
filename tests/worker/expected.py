"""What the model in model.py expects of a script: what it has asked, and what may be sent next."""

from dataclasses import dataclass, field
from typing import Any

HOUR = 3_600
REMIND, WAITS, HELD, EXPIRE, LIFETIME = HOUR, 2 * HOUR, 4 * HOUR, 6 * HOUR, 24 * HOUR
FLOW = "numbered"
FAILED = "Sorry, something went wrong. Please answer the last question again."
ASKED, WAITING, LATE = "asked", "waiting", "late"
"""States of a script: a question waits for an answer; it waits for a time, or for a late call."""


@dataclass
class Expected:
    """The script of one person, which is at `state` and `question` since `since`.

    `steps` are the answers and results that it remembers. `ended` is the question at which it
    expired. `call` is the SID of the text that began a late call, and `is_free` says that the
    call may have ended. `is_begun` says that the first question of a script that we started has
    not been sent. Such a script is joined to the conversation at the webhook with the first answer;
    until then, `former` is the question whose last words may still be sent. `is_mute` says that the
    person has opted out in this state, so that later messages may have been dropped.
    """

    world: Any
    state: str = ""
    question: int = 0
    steps: int = 0
    since: float = 0.0
    until: float = 0.0
    has_timers: bool = True
    call: str = ""
    is_free: bool = False
    is_begun: bool = False
    is_joined: bool = True
    ended: int | None = None
    former: int | None = None
    asked: set[int] = field(default_factory=set)
    posts: set[str] = field(default_factory=set)
    is_out: bool = False
    is_mute: bool = False
    is_known: bool = False
    held_from: float = 0.0
    held_until: float = 0.0
    tries: int = 0
    failures: int = 0
    in_flight: Any = None
    wrong: list[str] = field(default_factory=list)

    @property
    def now(self) -> float:
        return float(self.world.clock.now)

    @property
    def passed(self) -> float:
        """Seconds of this state, without those for which an operator answered."""
        return self.now - self.since - self._held()

    @property
    def is_held(self) -> bool:
        return self.now < self.held_until

    def _held(self) -> float:
        if not (self.held_until and self.is_joined):
            return 0.0
        return max(0.0, min(self.now, self.held_until) - max(self.held_from, self.since))

    def check(self, holds: object, what: str) -> None:
        if not holds:
            self.wrong.append(
                f"{what} [{self.state or 'no script'} {self.question}, {self.passed:.0f} s, "
                f"{'out' if self.is_out else 'in'}, {'held' if self.is_held else 'not held'}]"
            )

    def enter(self, state: str, question: int, steps: int, *, has_timers: bool = True) -> None:
        """The script does something else from now on."""
        self.release()
        self.state, self.question, self.steps, self.since = state, question, steps, self.now
        self.has_timers, self.is_free, self.ended = has_timers, False, None
        self.former = self.former if not self.is_joined else None
        self.is_mute, self.tries = self.is_out, 0
        self.until = self.now + WAITS  # an operator does not put it off
        self.posts = set()

    def leave(self, ended: int | None = None) -> None:
        """The script is over; `ended` is the question with which it expired."""
        self.state, self.ended = "", ended

    def release(self) -> None:
        """No operator answers any more: the time of the script goes on."""
        self.since += self._held()
        self.held_from = self.held_until = 0.0

    # What reaches the person without a text

    def posted(self, body: str) -> None:
        """Check one message that reaches Twilio."""
        self.check(not self.is_out, f"{body} after STOP")
        self.check(not self.in_flight, f"{body} while a text is being answered")
        self.check(not self.is_held, f"{body} while an operator answers")
        if body == FAILED:
            if not self.failures:
                self.gives_up()
            self.failures -= 1
            return
        kind, number = body[0], int(body[1:].rstrip("?"))
        if kind == "E" and number == self.former:
            self.former = None
            return
        self.check(body not in self.posts, f"{body} twice")
        {"Q": self._question, "R": self._reminder, "E": self._last_words}[kind](number)
        self.posts.add(body)

    def _question(self, number: int) -> None:
        if number == 0 and self.is_begun:
            self.begins()
        elif self.state in (WAITING, LATE):
            self.goes_on()
        self.check((self.state, self.question) == (ASKED, number), f"Q{number}")
        self.check(number not in self.asked, f"Q{number}, which was asked before")
        self.asked.add(number)

    def _reminder(self, number: int) -> None:
        self.check((self.state, self.question) == (ASKED, number), f"R{number}")
        self.check(self.has_timers and self.passed >= REMIND, f"R{number} too early")

    def _last_words(self, number: int) -> None:
        if self.ended is None:
            self.expires()
        self.check(self.ended == number, f"E{number}, not E{self.ended}")

    def begins(self) -> None:
        """The first question of a script that we started is sent, or may have been sent."""
        if self.state:
            self.expires()
        former = None if f"E{self.ended}" in self.posts else self.ended
        self.enter(ASKED, 0, 0)
        self.asked, self.is_begun, self.is_joined, self.former = set(), False, False, former

    def goes_on(self) -> None:
        """The script goes on without a text."""
        is_time = self.state == WAITING and self.now >= self.until
        self.check(self.is_free or is_time, "went on too early")
        self.enter(ASKED, self.question + 1, self.steps + 1)

    def gives_up(self) -> None:
        """The late call has failed, or the workers that began it again have ended."""
        self.check(self.state == LATE and self.tries >= 3, "a failure that was none")
        self.enter(ASKED, self.question, self.steps - 1, has_timers=False)
        self.failures += 1

    def expires(self) -> None:
        may = self.state == ASKED and self.has_timers and self.passed >= EXPIRE
        self.check(may or self.passed >= LIFETIME, "expired")
        self.leave(self.question)

    def see(self, sessions: dict[str, dict[str, Any]]) -> None:
        """Compare with the sessions of the conversation, which are by flow."""
        if not self.state:
            return
        if not (session := sessions.get(FLOW if self.is_joined else "")):
            self.expires()
            return
        steps = len((session if self.is_joined else session["s"])["a"])
        if self.state in (WAITING, LATE) and steps == self.steps + 1:
            self.goes_on()
        elif self.state == LATE and steps == self.steps - 1:
            self.gives_up()
        self.check(steps == self.steps, f"{steps} steps are remembered, and not {self.steps}")
