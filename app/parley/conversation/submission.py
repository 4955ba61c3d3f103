"""`Finished`, the end of a script with answers to submit, and their `Submission`."""

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
    """The answers of a finished script, for `on_finished`.

    `id` is the same if the last message is delivered twice. `at` is in UTC. `answers` are JSON
    values by name, as in a Session.
    """

    flow: str
    id: str
    at: datetime.datetime
    answers: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"Submission({self.flow}, {self.id}: {len(self.answers)} answers)"


OnFinished = Callable[[Submission], object]
"""Submits the answers. Raises ServiceError if it fails."""


class Finished:
    """The last reply of a script, and the answers to submit, by name.

    `return Finished("Thank you.", name=name, day=day)`. The answers are JSON values; dates and
    times are converted to text (ISO 8601). `on_finished` of `@script` receives them. Raises
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
        """Submit the answers; return a note for the log if a service fails.

        Raises FlowError if the script has no `on_finished`.
        """
        if on_finished is None:
            raise FlowError(
                f"the script {flow} returns Finished, but has no on_finished: write "
                "@script(on_finished=append_csv), or name another function"
            )
        try:
            traced(on_finished)(Submission(flow, id_, at.astimezone(datetime.UTC), self.answers))
        except ServiceError as error:
            return [f"the answers were not submitted: {error}"]
        return []


def _as_json(value: Any) -> Any:
    """Return the value with dates and times as text, also inside lists."""
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_as_json(each) for each in value]
    return value
