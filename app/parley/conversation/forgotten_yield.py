"""Detection of questions without `yield from`, when a script is defined.

`confirm("Sure?")` alone is a generator, which is truthy and contains no answer.
"""

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from parley.conversation.flow import FlowError
from parley.conversation.follow_ups import Later
from parley.conversation.questions import ask
from parley.conversation.script_steps import call, rng, wait
from parley.conversation.source_lines import called, parsed, place
from parley.conversation.wrong_steps import is_question

STEPS = (ask, call, rng, wait)
"""Functions whose result a script passes to a plain `yield`."""


def refuse_forgotten_yields(script: Callable[..., Any]) -> None:
    """Raise FlowError with file and line for a question or a step that is not asked.

    Only places that are always wrong are reported: after `yield`, as a statement, in a condition or
    in an f-string. A question may be assigned or returned, and asked elsewhere.
    """
    file = script.__code__.co_filename
    for node in ast.walk(parsed(file)):
        for value in _used(node):
            name, step = called(value, script.__globals__)
            if is_question(step):
                asked = f"yield from {name}(…)"
            elif not isinstance(node, ast.Yield) and any(step is each for each in STEPS):
                asked = f"yield {name}(…)"
            else:
                continue
            raise FlowError(
                f"{place(file, value.lineno)}: {name}(…) is not asked: write `{asked}`, in "
                "parentheses inside an expression"
            )
        if isinstance(node, ast.YieldFrom) and (wrong := _no_question(node, script.__globals__)):
            raise FlowError(f"{place(file, node.lineno)}: {wrong}, without `from`")


def place_of_follow_ups(script: Callable[..., Any]) -> str:
    """Return the file and line of the first follow-up in a script's file; empty if none."""
    file = script.__code__.co_filename
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.Call):
            _, step = called(node, script.__globals__)
            given = {each.arg for each in node.keywords}
            asks = step is ask or is_question(step)
            is_later = asks and given & Later.__annotations__.keys()
            if is_later or step is wait or (step is call and "late" in given):
                return place(file, node.lineno)
    return ""


def _used(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the parts of a node whose value is used immediately."""
    match node:
        case ast.Yield(value=ast.expr() as value) | ast.Expr(value=value):
            yield value
        case ast.FormattedValue(value=value) | ast.NamedExpr(value=value):
            yield value
        case ast.If(test=value) | ast.While(test=value) | ast.IfExp(test=value):
            yield value
        case ast.UnaryOp(operand=value):
            yield value
        case ast.BoolOp(values=values):
            yield from values
        case ast.Compare(left=left, comparators=others):
            yield from (left, *others)
        case ast.Subscript(value=value) | ast.Attribute(value=value):
            yield value


def _no_question(node: ast.YieldFrom, names: Mapping[str, Any]) -> str | None:
    """Return what to write instead of `yield from` with a text or a call; otherwise None."""
    if isinstance(node.value, ast.JoinedStr) or (
        isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    ):
        return 'a text is asked with `yield "…"`'
    name, step = called(node.value, names)
    if step is call or step is rng or step is wait:
        return f"{name}(…) is a step: write `yield {name}(…)`"
    return None
