"""Checks in development and tests: full error texts, and detection of nondeterministic scripts.

Only a development server and the fixture `sms` set `watching` while a turn runs; no setting,
request or message can. While it is unset, errors are logged without the words of messages.
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
    """Reports the failures of turns, and stores the last questions of scripts.

    `failed(sid, description, error)` is called with the MessageSid, and a sentence with file and
    line. `drew(text)` is called when a seed is derived from a text, usually a MessageSid.
    """

    def __init__(self, failed: Failed, drew: Drew = _ignored) -> None:
        self.failed, self.drew = failed, drew
        self._asked: OrderedDict[tuple[str, str], str] = OrderedDict()

    def asked(self, script: str, marks: str, words: str) -> None:
        """Store a question of a script; `marks` are those of all steps up to it."""
        self._asked[script, marks] = words
        if len(self._asked) > MOST_KEPT:
            self._asked.popitem(last=False)

    def change(self, script: str, marks: str, words: str) -> str | None:
        """Describe a question that differs although the code and the answers are the same.

        None if the earlier question is not known, because another version of the script asked it.
        """
        before = self._asked.get((script, marks))
        if before is None or before == words:
            return None
        return (
            f"asked {_short(before)!r} before, and {_short(words)!r} now, after the same answers. "
            "Find the value that changed. Use `yield call(…)` for values such as the time, and "
            "`yield rng()` for random numbers"
        )


watching: ContextVar[Watch | None] = ContextVar("parley_watching", default=None)


def forgotten_step(words: str) -> str | None:
    """Describe a text that contains the repr of a step that was not yielded."""
    found = _FORGOTTEN.search(words)
    if found is None:
        return None
    part = _short(words[found.start() :])
    return f"says {part!r}: write `yield from …` for a question, `yield call(…)` for a function"


def refuse_unreachable_media(reply: Reply) -> None:
    """Raise FlowError for a picture that Twilio cannot fetch; localhost URLs are allowed."""
    for url in (url for each in reply.messages for url in each.media_urls):
        parts = urlsplit(url)
        if not parts.hostname or (parts.scheme != "https" and not is_loopback(parts.hostname)):
            raise FlowError(
                f"the picture {_short(url)!r} is not a URL that Twilio can fetch: write the full "
                "URL, https://…, or put the file into MEDIA_FOLDER and send `media(…)`"
            )


def _short(words: str) -> str:
    return words if len(words) <= 60 else f"{words[:59]}…"
