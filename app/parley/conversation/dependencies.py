"""Dependency injection: services and settings for a flow, by parameter name."""

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from parley.conversation.flow import Flow, FlowError
from parley.conversation.message import Message
from parley.conversation.reply import Reply
from parley.conversation.script_events import ASKED, BEGUN, ScriptEvent, left
from parley.conversation.session import Session
from parley.conversation.source_lines import location

ReadSetting = Callable[[str, str, Any, Any], Any]
"""Reads a setting: `(flow, parameter, annotation, default)`. It returns the value, or the default
if the setting is unset, and raises TypeError if the annotation is not a setting type."""

_NONE = inspect.Parameter.empty


@dataclass(frozen=True)
class Unavailable:
    """A service that is unavailable: its `settings` are not set.

    With a `reason`, it is unavailable in this installation.
    """

    settings: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Bound:
    """A flow with its services and settings, ready to run; `missing` are the unset settings."""

    flow: Flow
    asked_for: Mapping[str, Any] = field(repr=False)
    missing: tuple[str, ...]

    def __call__(self, message: Message, session: Session, **given: Any) -> Reply:
        """Return the flow's reply; `begins`, `resumes` and `script_events` are passed on."""
        return self.flow(message, session, **given, **self.asked_for)

    @property
    def lifetime(self) -> int:
        return self.flow.lifetime

    def lifetime_of(self, _session: Session) -> int:
        """Return how many seconds an unchanged session lasts."""
        return self.lifetime

    def recall(self, session: Session, from_: str = "", to: str = "") -> list[tuple[str, str]]:
        """Return the content of a session: questions with answers, or names with values."""
        if self.flow.recall is None:
            return [(name, shown(value)) for name, value in session.items()]
        if self.missing:
            return []
        return [*self.flow.recall(Message("", from_, to), session, self.asked_for)]

    def waiting(self, session: Session) -> "Waiting | None":
        """Return the script if it has an open question in this session."""
        return Waiting(self, session) if session and self.flow.waits else None

    def joined(self, session: Session, flow: str, started: Session) -> Session | None:
        """Return the session of a script that the server began, if it is this script.

        None if it is another one, or if this conversation has an open question already.
        """
        return started if flow == self.flow.name and not self.waiting(session) else None


class Waiting(NamedTuple):
    """A script with an open question, and its session."""

    bound: Bound
    session: Session

    @property
    def name(self) -> str:
        return self.bound.flow.name

    def join(self, message: Message, events: list[ScriptEvent]) -> None:
        """Record the start and the question of the script, if they are not recorded yet."""
        events.append((self.name, BEGUN, ""))
        if question := self._question(message):
            events.append((self.name, ASKED, question))

    def leave(self, message: Message, how: str, events: list[ScriptEvent]) -> None:
        """Record that a message ends the script; `how` is one of SCRIPT_EVENTS."""
        events.extend(left(self.name, how, self._question(message)))

    def _question(self, message: Message) -> str:
        """Return the name of the open question; empty if it is not known."""
        find = self.bound.flow.waiting_question
        if find is None or self.bound.missing:
            return ""
        return find(message, self.session, self.bound.asked_for)


def bind(flow: Flow, services: Mapping[str, Any], read_setting: ReadSetting) -> Bound:
    """Bind a flow's keyword-only parameters.

    Each is the service of that name or, if it is annotated, the setting of that name in upper case.
    Raises FlowError with file and line for a parameter that is neither.
    """
    asked_for: dict[str, Any] = {}
    unset: list[str] = []
    for name, parameter in flow.parameters.items():
        if name in services:
            service = asked_for[name] = services[name]
            if isinstance(service, Unavailable):
                if service.reason:
                    raise FlowError(
                        f"{location(flow.answer)}: the flow {flow.name}: {service.reason}"
                    )
                unset += service.settings
            continue
        try:
            annotation = _evaluated(parameter.annotation, flow)
            asked_for[name] = read_setting(flow.name, name, annotation, parameter.default)
        except TypeError as error:
            raise FlowError(
                f"{location(flow.answer)}: the flow {flow.name} asks for {name}, which is neither "
                f"a service ({', '.join(sorted(services)) or 'there are none'}) nor a setting: "
                f"{error}"
            ) from None
    unset += [name.upper() for name, value in asked_for.items() if value is _NONE]
    return Bound(flow, asked_for, tuple(dict.fromkeys(unset)))


def _evaluated(annotation: Any, flow: Flow) -> Any:
    """Evaluate the annotation of a parameter: `from __future__ import annotations` makes it a text.

    Raises TypeError.
    """
    if annotation is _NONE:
        raise TypeError("a setting needs a type, such as str, int or PhoneNumber")
    if not isinstance(annotation, str):
        return annotation
    try:
        return eval(annotation, inspect.unwrap(flow.answer).__globals__)  # noqa: S307  # the flow's own code
    except Exception as error:
        raise TypeError(f"its type {annotation} cannot be read: {error}") from None


def shown(value: Any) -> str:
    """Return a value of a session as JSON."""
    return json.dumps(value, default=dict, ensure_ascii=False)
