"""Transcripts of conversations, for tests and for copies from the page.

`> ` begins a text, `< ` each line of the answer, `! ` an error. `* ` begins an event between the
texts (`* 4 hours later`, `* cookie lost`), or a parameter of the next one: `* OptOutType=STOP`.
"""

import difflib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from parley.simulator.delivery import Delivery
from parley.simulator.faults import ANSWER_LOST, SERVER_DOWN

COOKIE_LOST, COOKIE_BEFORE, AGAIN = "cookie lost", "cookie before", "delivered again"
EVENTS = (COOKIE_LOST, COOKIE_BEFORE, AGAIN, SERVER_DOWN, ANSWER_LOST)
NEXT_TEXT = (SERVER_DOWN, ANSWER_LOST)
"""Events of the text that follows."""

_PICTURE = re.compile(r"\s*\[(https?://[^\s\[\]]+)\]$")
_PARAMETER = re.compile(r"([A-Z][A-Za-z0-9]*)=(.*)")
_DURATION = re.compile(
    r"(?:([0-9]+) hours?)? ?(?:([0-9]+) minutes?)? ?(?:([0-9]+) seconds?)? later"
)
_TIME = re.compile(r"it is ([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_ROUNDED = 60
"""A minute in seconds; the time between two texts is written in whole minutes."""


@dataclass(frozen=True, repr=False)
class Step:
    """One step of a conversation: the path of the webhook, the time it began, its lines.

    `at` is in seconds since 1970. An event has no path: it belongs to the text that follows.
    """

    path: str
    at: float
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Event:
    """A line that begins with `*`: one of `EVENTS`, a parameter, time that passes, or a time."""

    name: str = ""
    parameter: tuple[str, str] | None = None
    seconds_later: float = 0
    at: float | None = None


def transcript(body: str, delivery: Delivery) -> list[str]:
    """Return a turn as the lines of a transcript: the text, and the answers.

    A line break in the text is written `\\n`; pictures are `[URL]`, after their text; `(to +1555…)`
    precedes messages to others.
    """
    urls = [value for name, value in delivery.parameters.items() if name.startswith("MediaUrl")]
    lines = [" ".join([f"> {body}".rstrip(), *(f"[{url}]" for url in urls)]).replace("\n", "\\n")]
    for message in delivery.messages:
        text = f"(to {message.to}) {message.body}" if message.to else message.body
        lines += message_lines(text, message.media_urls)
    return lines


def message_lines(body: str, media_urls: Iterable[str]) -> list[str]:
    """A message to the phone as the lines of a transcript."""
    lines = [f"< {line}".rstrip() for line in body.splitlines()]
    return lines + [f"< [{url}]" for url in media_urls]


def answers(delivery: Delivery, failure: str = "") -> list[str]:
    """Return the answer in a transcript, and a line `! …` for each error.

    `failure` is the flow's error, which replaces Twilio's.
    """
    if failure:
        return [f"! {each}" for each in failure.splitlines()]
    answered = transcript("", delivery)[1:] + [f"! {error}" for error in delivery.errors]
    response = delivery.response
    if response is not None and response.status != 200:
        answered += [f"! {each}" for each in response.content.decode(errors="replace").split("\n")]
    return [line.strip() for line in answered if line.strip(" !")]


def text_lines(body: str, delivery: Delivery, parameters: Iterable[tuple[str, str]]) -> list[str]:
    """Return a text as the lines of a transcript, its parameters first.

    A body that is not possible in a line, for example with outer space, is written as a parameter.
    """
    line = transcript(body, delivery)[0]
    if read_text(line)[0] != body or _CONTROL.search(line):
        parameters, line = [("Body", body), *parameters], transcript("", delivery)[0]
    return [*(f"* {name}={_written(value)}" for name, value in parameters), line]


def read_text(line: str) -> tuple[str, list[str]]:
    """Return the body in the line of a text, and the URLs of its pictures."""
    text = line.removeprefix(">").strip().replace("\\n", "\n")
    urls: list[str] = []
    while match := _PICTURE.search(text):
        text = text[: match.start()]
        urls.insert(0, match[1])
    return text, urls


def read_event(line: str) -> Event:
    """Parse the event in a line that begins with `*`. Raises ValueError for any other line."""
    text = line.removeprefix("*").strip()
    if text in EVENTS:
        return Event(text)
    if found := _PARAMETER.fullmatch(text):
        value = json.loads(found[2]) if found[2].startswith('"') else found[2]
        return Event(parameter=(found[1], value))
    if found := _TIME.fullmatch(text):
        return Event(at=datetime.fromisoformat(f"{found[1]}+00:00").timestamp())
    if (found := _DURATION.fullmatch(text)) and any(found.groups()):
        hours, minutes, seconds = (int(each or 0) for each in found.groups())
        return Event(seconds_later=3_600 * hours + 60 * minutes + seconds)
    known = ", ".join(EVENTS)
    raise ValueError(f"{line!r} is not an event: write {known}, 4 hours later, or Name=value")


def turns(transcript: str) -> list[list[str]]:
    """Split a transcript into turns: each has the lines of a text with its events, and the answer.

    Messages that arrive while time passes are an answer to that. Raises ValueError for a line that
    is not one of a transcript.
    """
    found: list[list[str]] = []
    is_open = False  # whether the last turn has no text yet
    for number, line in enumerate(transcript.strip().splitlines(), start=1):
        line = line.strip()
        if line.startswith((">", "*")):
            if not is_open:
                found.append([])
            found[-1].append(line)
            is_open = line.startswith("*") and line.removeprefix("*").strip() != AGAIN
        elif line.startswith(("<", "!")) and found and (not is_open or _passes(found[-1][-1])):
            found[-1].append(line)
            is_open = False
        elif line:
            raise ValueError(f'Line {number} of the transcript must start with "> ": {line}')
    if not found:
        raise ValueError("The transcript is empty.")
    return found


def _passes(line: str) -> bool:
    """Whether a line lets time pass."""
    event = read_event(line)
    return event.seconds_later > 0 or event.at is not None


def later(seconds: float) -> str:
    """Format a duration for a transcript: `4 hours later`."""
    whole = int(seconds)
    parts = {"hour": whole // 3_600, "minute": whole // 60 % 60, "second": whole % 60}
    told = [f"{each} {unit}{'' if each == 1 else 's'}" for unit, each in parts.items() if each]
    return f"{' '.join(told)} later"


def written(steps: Sequence[Step], *, exact: bool = False) -> list[tuple[str, list[str]]]:
    """Return steps as transcripts with the time between them, one per run of the same path.

    Time is written in whole minutes, rounded down; if `exact`, in seconds.
    """
    found: list[tuple[str, list[str]]] = []
    waiting: list[str] = []
    last = None
    for step in steps:
        unit = 1 if exact else _ROUNDED
        passed = 0 if last is None else (int(step.at) - last) // unit * unit
        if last is None:
            waiting.append(f"* it is {datetime.fromtimestamp(int(step.at), UTC):%Y-%m-%d %H:%M:%S}")
        elif passed > 0:
            waiting.append(f"* {later(passed)}")
        last = int(step.at)
        waiting += step.lines
        if step.path:
            if not found or found[-1][0] != step.path:
                found.append((step.path, []))
            found[-1][1].extend(waiting)
            waiting = []
    if waiting and found:
        found[-1][1].extend(waiting)
    return found


def _written(value: str) -> str:
    """Format the value of a parameter; in quotation marks if necessary."""
    is_plain = value == value.strip() and not value.startswith('"') and not _CONTROL.search(value)
    return value if is_plain else json.dumps(value)


def diff(before: Sequence[str], expected: Sequence[str], answered: Sequence[str]) -> str:
    """The transcript up to the first difference, then `- expected` and `+ answered` lines."""
    different = [line.rstrip() for line in difflib.ndiff(expected, answered)]
    return "\n".join([*(f"  {line}" for line in before), *different, "(- expected, + answered)"])
