"""Prompts of a script: a text, or a Reply with pictures, several messages or other recipients."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from parley.conversation.reply import Outgoing, Reply
from parley.conversation.session import Session

FORGOTTEN = Session()

Prompt = str | Reply
"""A message without `to` is for the sender. Messages to others are sent once, and not again with a
repeated question."""


def words(prompt: Prompt) -> str:
    """Return the texts for the sender, which identify a question."""
    if isinstance(prompt, str):
        return prompt
    return "\n".join(each.body for each in prompt.messages if each.to is None)


def says_something(prompt: Prompt) -> bool:
    """Return whether there is a text or a picture for the sender."""
    if isinstance(prompt, str):
        return bool(prompt.strip())
    own = [each for each in prompt.messages if each.to is None]
    return any(each.body.strip() or each.media_urls for each in own)


def has_other_recipients(prompt: Prompt) -> bool:
    return isinstance(prompt, Reply) and any(each.to is not None for each in prompt.messages)


def reply(
    prompt: Prompt,
    before: str = "",
    session: Session = FORGOTTEN,
    *,
    again: bool = False,
    notes: Iterable[str] = (),
    later: tuple[Any, ...] = (),
) -> Reply:
    """Return a prompt as a reply, after the sentence `before`; with `again`, only to the sender."""
    if isinstance(prompt, str):
        prompt = Reply(prompt)
    found = [each for each in prompt.messages if each.to is None or not again]
    if before:
        first = next((n for n, each in enumerate(found) if each.to is None), len(found))
        text = found[first] if first < len(found) else Outgoing()
        found[first : first + 1] = [replace(text, body=_joined(before, text.body))]
    note = "; ".join([*notes, *filter(None, [prompt.note])]) or None
    return Reply(*found, session=session, note=note, goto=prompt.goto, later=later)


def with_list(prompt: Prompt, listed: str) -> Prompt:
    """Return a prompt with a list below its last text for the sender."""
    if isinstance(prompt, str):
        return _joined(prompt, listed)
    found = list(prompt.messages)
    own = [number for number, each in enumerate(found) if each.to is None]
    texts = [number for number in own if found[number].body]
    if not own:
        return Reply(*found, listed, session=prompt.session, note=prompt.note)
    last = (texts or own)[-1]
    found[last] = replace(found[last], body=_joined(found[last].body, listed))
    return Reply(*found, session=prompt.session, note=prompt.note)


def _joined(above: str, below: str) -> str:
    return "\n".join(each for each in (above, below) if each)
