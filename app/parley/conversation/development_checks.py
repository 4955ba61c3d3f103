"""Checks of development and tests only: errors shown whole, questions that change by themselves.

A development server and the fixture `sms` set `watching` while a turn runs. Nothing else does, and
no setting, request or message can: while it is unset, an error is logged without its words.
"""

import re
from collections import OrderedDict
from collections.abc import Callable
from contextvars import ContextVar
from urllib.parse import urlsplit

from parley.conversation.flow import FlowError
from parley.conversation.reply import Reply
from parley.loopback import is_loopback

MOST_KEPT = 1_000
_FORGOTTEN = re.compile(r"<(generator object|coroutine object|bound method|function) ")


Failed = Callable[[str, str, BaseException], None]
Drew = Callable[[str], None]


def _ignored(_text: str) -> None:
    return


class Watch:
    """Passes on the failures of turns, and remembers the last questions that scripts asked.

    `failed(sid, description, error)` is called with the MessageSid, and a sentence with file and
    line. `drew(text)` is called when random numbers are derived from a text: a MessageSid, usually.
    """

    def __init__(self, failed: Failed, drew: Drew = _ignored) -> None:
        self.failed, self.drew = failed, drew
        self._asked: OrderedDict[tuple[str, str], str] = OrderedDict()

    def asked(self, script: str, marks: str, words: str) -> None:
        """Note what a script asked; `marks` are those of all steps up to it."""
        self._asked[script, marks] = words
        if len(self._asked) > MOST_KEPT:
            self._asked.popitem(last=False)

    def change(self, script: str, marks: str, words: str) -> str | None:
        """What the sentence of an error says if the same code asked something else before.

        None if another version of the script asked, which is not known here.
        """
        before = self._asked.get((script, marks))
        if before is None or before == words:
            return None
        return (
            f"asked {_short(before)!r} before, and {_short(words)!r} now, after the same answers. "
            "Which step produced this? Use `yield call(…)` for what changes by itself, like a "
            "time, and `yield rng()` for random numbers"
        )


watching: ContextVar[Watch | None] = ContextVar("parley_watching", default=None)


def forgotten_step(words: str) -> str | None:
    """What the sentence of an error says of a text with a step in it that was not asked."""
    found = _FORGOTTEN.search(words)
    if found is None:
        return None
    part = _short(words[found.start() :])
    return f"says {part!r}: write `yield from …` for a question, `yield call(…)` for a function"


def refuse_unreachable_media(reply: Reply) -> None:
    """Raise FlowError for a picture that Twilio cannot fetch; URLs of this machine are allowed."""
    for url in (url for each in reply.messages for url in each.media_urls):
        parts = urlsplit(url)
        if not parts.hostname or (parts.scheme != "https" and not is_loopback(parts.hostname)):
            raise FlowError(
                f"the picture {_short(url)!r} is not a URL that Twilio can fetch: write it in "
                "full, https://…, or put the file into MEDIA_FOLDER and send `media(…)`"
            )


def _short(words: str) -> str:
    return words if len(words) <= 60 else f"{words[:59]}…"
