"""Scripts: conversations with several questions, written as generators, that become flows.

Each turn replays the generator from its beginning: it sends the answers in the session, and then
the new one. The next question is the reply; the returned text is the last reply.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial, update_wrapper
from typing import Any, overload

from parley.conversation import date_questions
from parley.conversation.flow import LONGEST_MEMORY, Flow, FlowError, check_decorated
from parley.conversation.forgotten_yield import place_of_follow_ups, refuse_forgotten_yields
from parley.conversation.message import Message
from parley.conversation.question_names import question_names
from parley.conversation.recalled import recall, waiting_question
from parley.conversation.reply import Reply
from parley.conversation.script_events import ScriptEvent
from parley.conversation.script_options import ScriptDefaults, ScriptOptions, checked
from parley.conversation.script_resumption import Outcome, resume
from parley.conversation.script_steps import Script, Seed
from parley.conversation.script_turn import ScriptTurn
from parley.conversation.session import Session
from parley.conversation.source_lines import location
from parley.conversation.submission import OnFinished
from parley.conversation.understanding import prepare_dates
from parley.conversation.understanding.languages import load
from parley.conversation.word_conflicts import refuse_claims

Parameters = Mapping[str, inspect.Parameter]

_OWN = ("message", "session", "seed", "script_defaults")
_DEFAULTS = ScriptDefaults()


@overload
def script(function: Callable[..., Script], /) -> Flow: ...


@overload
def script(
    *, lifetime: int = LONGEST_MEMORY, **options: Any
) -> Callable[[Callable[..., Script]], Flow]: ...


def script(
    function: Callable[..., Script] | None = None,
    /,
    *,
    lifetime: int = LONGEST_MEMORY,
    **options: Any,
) -> Any:
    """Turn a generator function into a Flow: `@script`, or `@script(lifetime=1800)`.

    Its keyword-only parameters are bound by name, as for any flow; `message` is the message of this
    turn. `lifetime` is in seconds; the other arguments are the fields of ScriptOptions. Raises
    FlowError for a function without `yield`, and for a keyword that Twilio answers itself.
    """
    given = checked(options)
    if function is not None:
        check_decorated("script", function)
        return _flow(function, lifetime, given)
    return lambda each: _flow(each, lifetime, given)


def _flow(function: Callable[..., Script], lifetime: int, options: ScriptOptions) -> Flow:
    _check(function, options)
    prepare = partial(_prepare, options.language) if _asks_for_dates(function) else None
    return replace(
        _bare(function, lifetime, options),
        prepare=prepare,
        later=place_of_follow_ups(function),
        triggers=options.triggers,
        questions=question_names(function),
    )


def _bare(function: Callable[..., Script], lifetime: int, options: ScriptOptions) -> Flow:
    named = dict(inspect.signature(function).parameters)
    handed = _parameters_of(function, options.on_finished)
    name = function.__name__.replace("_", "-")

    def of_session(use: Callable[..., Any]) -> Callable[..., Any]:
        return lambda message, session, asked_for: use(
            function, options.words, _given(named, message, asked_for), session
        )

    def answer(
        message: Message,
        session: Session,
        *,
        seed: Seed = str,
        script_defaults: ScriptDefaults = _DEFAULTS,
        begins: bool = False,
        resumes: tuple[Outcome] | None = None,
        script_events: list[ScriptEvent] | None = None,
        **asked_for: Any,
    ) -> Reply:
        given = _given(named, message, asked_for)
        finish = options.on_finished and _finish(options.on_finished, handed, asked_for)
        events = [] if script_events is None else script_events
        turn = ScriptTurn(
            name, function, options, script_defaults, message, seed, given, events, finish
        )
        if resumes:
            return resume(turn, session, *resumes)
        return turn.begin() if begins else turn.answer(session)

    _present(answer, function, named, handed)
    recalled, waiting = of_session(recall), of_session(waiting_question)
    return Flow(answer, lifetime, waits=True, recall=recalled, waiting_question=waiting)


def _given(named: Parameters, message: Message, asked_for: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a script, by name, from those of its flow."""
    own = {"message": message} if "message" in named else {}
    return {name: asked_for[name] for name in asked_for if name in named} | own


def _finish(
    on_finished: Callable[..., object], handed: Parameters, asked_for: Mapping[str, Any]
) -> OnFinished:
    """Return the `on_finished` function, bound to the services and settings that it requires."""
    own = {name: asked_for[name] for name in asked_for if name in handed}
    return partial(on_finished, **own)


def _present(
    answer: Callable[..., Any],
    function: Callable[..., Any],
    named: Parameters,
    handed: Parameters,
) -> None:
    """Set the name and the signature of a flow's function to those of its script."""
    own = [each for each in inspect.signature(answer).parameters.values() if each.name in _OWN]
    own += [named[name] for name in named if name != "message"]
    own += [handed[name] for name in handed if name not in named]
    update_wrapper(answer, function)
    answer.__signature__ = inspect.Signature(own)  # type: ignore[attr-defined]


def _check(function: Callable[..., Script], options: ScriptOptions) -> None:
    """Raise FlowError if a function is not a script, ValueError for an unknown language."""
    if not inspect.isgeneratorfunction(function):
        raise FlowError(
            f"{location(function)}: the script {function.__name__} has no `yield`, so it never "
            'asks a question. Write `answer = yield "…?"` in it, or use @flow instead of @script'
        )
    refuse_forgotten_yields(function)
    refuse_claims(function, options.words, options.triggers)
    if options.language:
        load(options.language)
    named = inspect.signature(function).parameters.values()
    if wrong := next((each for each in named if each.kind is not each.KEYWORD_ONLY), None):
        raise FlowError(
            f"{location(function)}: the parameters of the script {function.__name__} must be "
            f"keyword-only. Write * first: `def {function.__name__}(*, {wrong.name})`"
        )


def _prepare(own_language: str, language: str) -> None:
    """Load the date parser for the script's language, or by default that of the settings."""
    prepare_dates(own_language or language)


def _parameters_of(script: Callable[..., Script], on_finished: Any) -> dict[str, inspect.Parameter]:
    """Return the services and settings that `on_finished` requires."""
    if on_finished is None:
        return {}
    if not callable(on_finished):
        raise FlowError(
            f"{location(script)}: the script {script.__name__} has on_finished="
            f"{on_finished!r}, which is not a function. Name one, "
            "for example on_finished=append_csv"
        )
    parameters = inspect.signature(on_finished, eval_str=True).parameters.values()
    return {each.name: each for each in parameters if each.kind is each.KEYWORD_ONLY}


def _asks_for_dates(function: Callable[..., Script]) -> bool:
    """Return whether a script uses a date question: then the date parser is loaded at the start."""
    found = (function.__globals__.get(name) for name in function.__code__.co_names)
    return any(getattr(each, "__module__", "") == date_questions.__name__ for each in found)
