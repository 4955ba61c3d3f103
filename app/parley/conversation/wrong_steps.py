"""Error messages for values that a script must not yield or return."""

import inspect
from typing import Any

from parley.conversation.script_steps import Call, Question, Rng
from parley.conversation.submission import Finished

QUESTIONS = ("parley.conversation.questions", "parley.conversation.date_questions")
"""The modules of the questions: all but `ask` are asked with `yield from`."""


def is_question(function: Any) -> bool:
    """Return whether this is a function like `choice` and `number`."""
    return inspect.isgeneratorfunction(function) and function.__module__ in QUESTIONS


def yielded(step: Any) -> str:
    """Say what is wrong with a step, and what to write instead."""
    kind = type(step).__name__
    if inspect.isgenerator(step):
        step.close()
        return f"yielded {step.__name__}(…): write `yield from {step.__name__}(…)`"
    if step is None:
        return 'yielded nothing: write a question, `yield "Your name?"`'
    if isinstance(step, Finished):
        return "yielded Finished, which ends a script: write `return Finished(…)`"
    if is_question(step):
        return f"yielded the function {step.__name__}: write `yield from {step.__name__}(…)`"
    if callable(step) and getattr(step, "__module__", "") in QUESTIONS:
        return f"yielded the function {step.__name__}: write `yield {step.__name__}(…)`"
    if callable(step) and hasattr(step, "__name__"):
        return f"yielded the function {step.__name__}: write `yield call({step.__name__}, …)`"
    if isinstance(step, list | tuple):
        return (
            f"yielded {kind}: write `yield from choice(…)`, or `yield Reply(…)` for several texts"
        )
    return (
        f"yielded {kind}, which is not a step: write a text, `yield from` a question, or "
        "`yield call(…)` for what a function returns"
    )


def returned(last: Any) -> str:
    """Say what is wrong with a returned value, and what to write instead."""
    kind = type(last).__name__
    if last is None:
        return 'returned nothing: write `return "Thank you."`, or `return Reply()` to send nothing'
    if inspect.isgenerator(last):
        last.close()
        return (
            f"returned {last.__name__}(…), which asks nothing: write "
            f"`answer = yield from {last.__name__}(…)`, and return a text"
        )
    if isinstance(last, Call | Rng | Question):
        return f"returned {kind}, which is a step: write `result = yield …`, and return a text"
    return f'returned {kind}, which is neither a text nor a Reply: write `return f"…"`'
