"""Keywords that a script must not use, because Twilio or the script engine handles them."""

import ast
import linecache
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from parley.conversation.flow import FlowError
from parley.conversation.script_options import normalized
from parley.conversation.source_lines import location, place
from parley.twilio.facts import HELP_WORDS, STOP_WORDS

TWILIOS = STOP_WORDS | HELP_WORDS


def claimed(claims: Iterable[str], words: Iterable[str]) -> str | None:
    """Return the first claim that Twilio handles, or that is one of the script's commands."""
    taken = {normalized(word) for word in (*TWILIOS, *words)}
    return next((claim for claim in claims if normalized(claim) in taken), None)


def refuse_claims(
    script: Callable[..., Any], words: Iterable[str], triggers: Iterable[str] = ()
) -> None:
    """Raise FlowError if a `choice` in the script's file offers a word that is already used.

    Also if Twilio handles one of the script's commands or triggers. This checks options that are
    constants, in the call or under a global name; others are checked when they are asked.
    """
    words = tuple(words)
    if word := claimed((*words, *triggers), ()):
        raise FlowError(
            f"{location(script)}: the script {script.__name__} uses {word}, which Twilio handles: "
            "choose another word"
        )
    file = script.__code__.co_filename
    for call in _calls("".join(linecache.getlines(file))):
        if word := claimed(_options(call, script.__globals__), words):
            raise FlowError(
                f"{place(file, call.lineno)}: the choice offers {word}, which Twilio or the script "
                "engine handles: offer another, or turn the script's word off"
            )


def _calls(source: str) -> Iterator[ast.Call]:
    if "choice" not in source:
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called = node.func
            if getattr(called, "attr", getattr(called, "id", None)) == "choice":
                yield node


def _options(call: ast.Call, names: dict[str, Any]) -> tuple[str, ...]:
    """Return the options of a call of `choice` if they are constant; otherwise none."""
    named = [each.value for each in call.keywords if each.arg == "options"]
    for node in [*call.args[1:2], *named]:
        if isinstance(node, ast.Name):
            value = names.get(node.id)
        else:
            try:
                value = ast.literal_eval(node)
            except ValueError:
                value = None
        if isinstance(value, list | tuple):
            return tuple(each for each in value if isinstance(each, str))
    return ()
