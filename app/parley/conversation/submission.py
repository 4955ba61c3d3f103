"""`Finished`, the end of a script with answers to hand over, and the `Submission` of them."""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from parley.conversation.flow import FlowError, ServiceError
from parley.conversation.prompts import Prompt
from parley.conversation.session import Session
from parley.tracing import traced


@dataclass(frozen=True)
class Submission:
    """What `on_finished` gets: the answers of one finished script.

    `id` is the same when the last message is delivered twice. `at` is in UTC. `answers` are JSON
    values by name, as in a Session.
    """

    flow: str
    id: str
    at: datetime.datetime
    answers: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"Submission({self.flow}, {self.id}: {len(self.answers)} answers)"


OnFinished = Callable[[Submission], object]
"""Hands the answers over; raises ServiceError if it cannot."""


class Finished:
    """The last word of a script, and the answers to hand over by name.

    `return Finished("Thank you.", name=name, day=day)`. The answers are JSON values; a date or a
    time becomes text (ISO 8601). `on_finished` of `@script` says where they go. Raises
    NotRemembered for another value.
    """

    def __init__(self, said: Prompt, /, **answers: Any) -> None:
        self.said = said
        self.answers = Session({name: _as_json(value) for name, value in answers.items()})

    def __repr__(self) -> str:
        return f"Finished({', '.join(self.answers)})"

    def hand_over(
        self, on_finished: OnFinished | None, flow: str, id_: str, at: datetime.datetime
    ) -> list[str]:
        """Hand the answers over; return a note for the log if a service fails.

        Raises FlowError if the script does not say where the answers go.
        """
        if on_finished is None:
            raise FlowError(
                f"the script {flow} returns Finished, and does not say where its answers go: write "
                "@script(on_finished=append_csv), or name another function"
            )
        try:
            traced(on_finished)(Submission(flow, id_, at.astimezone(datetime.UTC), self.answers))
        except ServiceError as error:
            return [f"the answers were not handed over: {error}"]
        return []


def _as_json(value: Any) -> Any:
    """The value with dates and times as text, also inside lists."""
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_as_json(each) for each in value]
    return value
