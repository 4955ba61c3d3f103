"""Names for a script's questions, from its source, for logs and metrics.

A question has the name of the variable that its answer is assigned to (`day = yield from date(…)`),
otherwise that of the function that asks it (`confirm`), otherwise `question`. The second one with
the same name in a function is `confirm-2`. A question in an author's own generator has a name in
two parts: `order.count`. So the number of names is bounded by the source, and names contain no
personal data.
"""

import ast
import inspect
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from types import CodeType, FrameType, GeneratorType
from typing import Any, NamedTuple

from parley.conversation.date_questions import date
from parley.conversation.questions import ask, choice
from parley.conversation.script_steps import Question
from parley.conversation.source_lines import called, parsed
from parley.conversation.wrong_steps import is_question

MOST = 200
"""Maximum number of names per script that are known before it asks."""
_STEPS = ("call", "rng", "wait")
"""Steps that are not questions."""
_OURS = frozenset(each.__code__.co_filename for each in (choice, date, Question.__iter__))
"""The files of the engine's questions."""
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_known: dict[tuple[int, int], str] = {}
"""Names by the `id` of a code object and the instruction in it."""
_codes: dict[int, CodeType] = {}
"""References to these code objects, so that their `id` is not reused."""


class _Asked(NamedTuple):
    """A `yield` in the source: its name, its line and column, and its expression."""

    name: str
    place: tuple[int, int]
    node: ast.Yield | ast.YieldFrom


def waiting_name(script: Any, frame: FrameType) -> str:
    """Return the name of the question at which a generator with this frame waits."""
    code, instruction = frame.f_code, frame.f_lasti
    name = _known.get((id(code), instruction)) or _look_up(code, instruction)
    inner = script.gi_yieldfrom
    if type(inner) is not GeneratorType or inner.gi_code.co_filename in _OURS:
        return name
    return ".".join([name, *_names_inside(inner, [code])])


def _names_inside(asking: Any, callers: list[CodeType]) -> Iterator[str]:
    """Yield the names in an author's own generators; a recursive one counts once.

    So the number of names is bounded by the source.
    """
    while type(asking) is GeneratorType and asking.gi_code.co_filename not in _OURS:
        frame: Any = asking.gi_frame  # a suspended generator has a frame
        code, instruction = asking.gi_code, frame.f_lasti
        if not any(code is each for each in callers):
            callers.append(code)
            yield _known.get((id(code), instruction)) or _look_up(code, instruction)
        asking = asking.gi_yieldfrom


def question_names(script: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of a script's questions, in the order of its source.

    Those of generators that the source does not name, such as in a variable, are missing.
    """
    return tuple(dict.fromkeys(islice(_names(script, ()), MOST)))


def _names(function: Callable[..., Any], callers: tuple[CodeType, ...]) -> Iterator[str]:
    code = function.__code__
    for each in _asked_in(code):
        _, inner = called(each.node.value, function.__globals__)
        if isinstance(each.node, ast.Yield):
            asks = not isinstance(each.node.value, ast.Name)  # a variable may hold a call
        else:
            asks = (
                inner is ask
                or is_question(inner)
                or getattr(inner, "__code__", None) in (*callers, code)
            )
        if asks:
            yield each.name
        elif inspect.isgeneratorfunction(inner) and hasattr(inner, "__code__"):  # no partial
            yield from (f"{each.name}.{name}" for name in _names(inner, (*callers, code)))


def _look_up(code: CodeType, instruction: int) -> str:
    """Find the name of the `yield` at an instruction of a code object, and cache it."""
    line, _, column, _ = next(islice(code.co_positions(), instruction // 2, None))
    asked = {each.place: each.name for each in reversed(_asked_in(code))}
    on_line = {place[0]: name for place, name in asked.items()}
    name = asked.get((line or 0, column or 0)) or on_line.get(line or 0) or f"line-{line}"
    _codes[id(code)] = code
    _known[id(code), instruction] = name
    return name


def _asked_in(code: CodeType) -> tuple[_Asked, ...]:
    """Return the questions of a function; empty if its source cannot be read."""
    with suppress(SyntaxError, ValueError):  # the file may have changed since
        for node in ast.walk(parsed(code.co_filename)):
            if isinstance(node, ast.FunctionDef) and _first_line(node) == code.co_firstlineno:
                return tuple(_numbered(_yields(node, "")))
    return ()


def _first_line(node: ast.FunctionDef) -> int:
    return min([node.lineno, *(each.lineno for each in node.decorator_list)])


def _numbered(yields: Iterator[tuple[str, ast.Yield | ast.YieldFrom]]) -> Iterator[_Asked]:
    counts: Counter[str] = Counter()
    for given, node in yields:
        name = given or (_asks(node.value) if isinstance(node, ast.YieldFrom) else "question")
        counts[name] += 1
        numbered = f"{name}-{counts[name]}" if counts[name] > 1 else name
        yield _Asked(numbered, (node.lineno, node.col_offset), node)


def _yields(node: ast.AST, name: str) -> Iterator[tuple[str, ast.Yield | ast.YieldFrom]]:
    """Yield the questions in a node, each with the nearest name that its answer gets."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _SCOPES):
            continue
        yield from _yields(child, _given(child) or name)
        if isinstance(child, ast.YieldFrom) or (
            isinstance(child, ast.Yield) and _asks(child.value) not in _STEPS
        ):
            yield name, child


def _given(node: ast.AST) -> str:
    """Return the name that a node gives to a value in it."""
    match node:
        case ast.Assign(targets=[target, *_]) | ast.NamedExpr(target=target):
            return _named(target)
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
            return _named(target)
        case ast.keyword(arg=str(name)):
            return name
    return ""


def _named(target: ast.AST) -> str:
    """Return the name of an assignment target: `answers` for `answers["day"]`."""
    match target:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=value) | ast.Starred(value=value):
            return _named(value)
        case ast.Tuple(elts=[first, *_]) | ast.List(elts=[first, *_]):
            return _named(first)
    return ""


def _asks(value: ast.expr | None) -> str:
    """Return the name of the function that is called, or of the variable."""
    match value:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) | ast.Name(id=name):
            return name
    return "question"
