"""The options of a script, and the server's defaults for all scripts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from parley.conversation import sentences
from parley.conversation.flow import FlowError
from parley.conversation.message import Message
from parley.conversation.session import Session
from parley.conversation.understanding import command
from parley.conversation.understanding.languages import available, key, load
from parley.conversation.understanding.message_kinds import KINDS
from parley.conversation.understanding.politeness import plain, polite_forms

BACK = "back"
"""The word that returns to the previous question, unless the author names another."""


def no_clock() -> datetime:
    """Raise LookupError: the clock of a script for which none is configured."""
    raise LookupError("the script asks for a day or a time, and no clock is configured")


@dataclass(frozen=True, kw_only=True)
class ScriptDefaults:
    """The server's defaults for every script: clock, language, and whether the server handles STOP.

    The clock is in the business's time zone. `opt_out_words` is False if the script itself handles
    requests to stop. `patience` is how many seconds a turn waits for a call that may be late.
    """

    clock: Callable[[], datetime] = no_clock
    language: str = "en"
    opt_out_words: bool = True
    patience: float | None = None


@dataclass(frozen=True, kw_only=True)
class ScriptOptions:
    """The keywords and sentences of a script: `@script(back=None, goodbye="Adieu.")`.

    `back` asks the previous question again, `restart` starts over, `exit` ends the script. Synonyms
    work, too ("undo", "start over", "never mind"). None turns a command off. Commands take
    precedence over answers, also at a question that accepts any text.

    `triggers` are the keywords that start the script; without triggers, every text does. With
    `first_message_answers` the first message answers the first question. With `several` one text
    can answer several questions: "haircut monday 10am".

    `accepts` are kinds of messages that reach the script although they are usually not answers:
    `("tapback", "courtesy")`; see `what_is`. `courtesy` is the reply to a "thanks" after the end.

    `goodbye` is the reply to `exit`, `changed` the one if the script's questions have changed.
    `welcome_back` is the reply if the conversation has expired; with `triggers`, also to a first
    message that is not a trigger. `language` is that of the readers and of the engine's sentences;
    the default is the server's.

    `on_finished` is called with the Submission of a script that returns Finished. Its keyword-only
    parameters are bound by name, like those of a flow.
    """

    back: str | None = BACK
    restart: str | None = "restart"
    exit: str | None = "exit"
    triggers: tuple[str, ...] = ()
    first_message_answers: bool = False
    several: bool = False
    accepts: tuple[str, ...] = ()
    courtesy: str = ""
    goodbye: str = sentences.GOODBYE
    changed: str = sentences.CHANGED
    welcome_back: str = ""
    on_finished: Callable[..., object] | None = None
    language: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(word for word in (self.back, self.restart, self.exit) if word)

    def word(self, message: Message) -> str | None:
        """Return `back`, `restart` or `exit` if a message is exactly that keyword of the script."""
        said = normalized(message.body)
        return next(
            (name for name, word in self._named() if word and normalized(word) == said), None
        )

    def shown_back(self, language: str) -> str:
        """Return the keyword for going back, as prompts show it; empty if it is turned off."""
        if self.back == BACK:  # the author has not set another
            return str(load(language)["commands"]["back"][0]).upper()
        return (self.back or "").upper()

    def hint(self, language: str) -> str:
        """The reply if a correction could be for several answers."""
        word = self.shown_back(language)
        return sentences.say(language, sentences.NO_CHANGE, word=word) if word else ""

    def command(self, message: Message, language: str) -> str | None:
        """Return the command that a message means in other words; None if it is turned off."""
        found = command(message.body, language=language)
        return found if found and dict(self._named())[found] else None

    def is_trigger(self, message: Message, language: str) -> bool:
        """Return whether a message starts the script: a trigger, or any text without triggers."""
        if not self.triggers:
            return True
        said = polite_forms(key(plain(message.body)), language)
        return not said.isdisjoint(map(key, self.triggers))

    def is_late(self, message: Message, session: Session, language: str) -> bool:
        """Return whether a message without a session probably answers an expired conversation."""
        if session.expired:
            return True
        return bool(self.welcome_back) and not self.is_trigger(message, language)

    def _named(self) -> tuple[tuple[str, str | None], ...]:
        return (("back", self.back), ("restart", self.restart), ("exit", self.exit))


def checked(given: Mapping[str, Any]) -> ScriptOptions:
    """Return the options of `@script(…)`. Raises FlowError for an option that does not exist."""
    names = [each.name for each in fields(ScriptOptions)]
    if unknown := next((name for name in given if name not in names), None):
        near = get_close_matches(unknown, [*names, "lifetime"], n=1)
        meant = f": write {near[0]}" if near else ""
        raise FlowError(
            f"@script has no option {unknown}{meant}. It has lifetime, {', '.join(names)}"
        )
    for name in ("triggers", "accepts"):
        if isinstance(given.get(name), str):
            raise FlowError(
                f'@script has {name} as a single text. Write a tuple: {name}=("{given[name]}",)'
            )
    accepted = given.get("accepts", ())
    if unknown := next((each for each in accepted if each not in KINDS), None):
        raise FlowError(f"@script accepts {unknown!r}, which is not one of {', '.join(KINDS)}")
    if (language := given.get("language")) and language not in available():
        raise FlowError(
            f"@script has the language {language!r}: write one of {', '.join(available())}"
        )
    return ScriptOptions(**given)


def normalized(text: str) -> str:
    """Return a text for comparison: lower case, without outer space and final punctuation."""
    return text.strip().rstrip(".!?").rstrip().casefold()
