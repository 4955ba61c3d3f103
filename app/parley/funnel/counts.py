"""The number of events in the scripts of some servers."""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

from parley.conversation.script_events import (
    ANSWERED,
    ASKED,
    BEGUN,
    GIVEN_UP,
    LEFT,
    SCRIPT_EVENTS,
    WENT_BACK,
)
from parley.metrics import ANSWER_SECONDS


@dataclass
class Question:
    """The events of one question, and how many answers took up to each of ANSWER_SECONDS."""

    events: Counter[str] = field(default_factory=Counter)
    seconds: Counter[float] = field(default_factory=Counter)

    @property
    def asked(self) -> int:
        return self.events[ASKED]

    @property
    def silent(self) -> int:
        """The number of questions without an answer: not yet, never, or in a lost conversation.

        0 if there are more answers than questions, as after a restart of the server.
        """
        ended = sum(self.events[each] for each in (ANSWERED, GIVEN_UP, WENT_BACK, LEFT))
        return max(0, self.asked - ended)

    @property
    def lost(self) -> int:
        """The number of times that the script ended here, including silence."""
        return self.events[LEFT] + self.silent

    @property
    def median_seconds(self) -> float | None:
        """The median time of an answer, estimated like Prometheus's `histogram_quantile`."""
        half = self.seconds.total() / 2
        below, lower = 0, 0.0
        for bound in ANSWER_SECONDS:
            count = self.seconds[bound]
            if count and below + count >= half:
                return lower + (bound - lower) * (half - below) / count
            below, lower = below + count, bound
        return lower if half else None


@dataclass
class Script:
    """The events of one flow's script, and its questions by name, in order of appearance."""

    events: Counter[str] = field(default_factory=Counter)
    questions: dict[str, Question] = field(default_factory=dict)

    def question(self, name: str) -> Question:
        return self.questions.setdefault(name, Question())

    @property
    def has_events(self) -> bool:
        questions = self.questions.values()
        return any([self.events.total(), *(each.events.total() for each in questions)])

    @property
    def silent(self) -> int:
        """The number of scripts that began and have no recorded end."""
        ended = sum(self.events[each] for each in SCRIPT_EVENTS if each != BEGUN)
        return max(0, self.events[BEGUN] - ended)


@dataclass
class Funnel:
    """The scripts by the names of their flows."""

    scripts: dict[str, Script] = field(default_factory=dict)

    def script(self, flow: str) -> Script:
        return self.scripts.setdefault(flow, Script())

    def add(self, flow: str, event: str, question: str, count: int = 1) -> None:
        """Add an event of a question, or of a script if `question` is empty."""
        script = self.script(flow)
        events = script.question(question).events if question else script.events
        events[event] += count

    def add_seconds(self, flow: str, question: str, seconds: float, count: int = 1) -> None:
        """Add answers that took `seconds`, or at most `seconds`."""
        place = bisect_left(ANSWER_SECONDS, seconds)
        bound = ANSWER_SECONDS[place] if place < len(ANSWER_SECONDS) else float("inf")
        self.script(flow).question(question).seconds[bound] += count
