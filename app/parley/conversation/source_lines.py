"""An author's code: its file and line, as the sentences about it name them, and its syntax."""

import ast
import inspect
import linecache
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any


def location(function: Callable[..., Any]) -> str:
    """The file and line where a function is defined, behind its decorators."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return str(getattr(function, "__name__", type(function).__name__))
    return place(code.co_filename, code.co_firstlineno)


def place(file: str | Path, line: int | None) -> str:
    """`flows/lunch.py, line 3`."""
    return f"{relative(file)}, line {line}"


def relative(file: str | Path) -> str:
    """A file as it is named from the current folder, if it is inside it."""
    try:
        return str(Path(file).relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(file)


def parsed(file: str) -> ast.Module:
    """The syntax tree of a file; an empty one if the file is not there. Raises SyntaxError."""
    return _parsed("".join(linecache.getlines(file)))


@lru_cache(maxsize=1)  # a file is parsed for several checks in a row
def _parsed(source: str) -> ast.Module:
    return ast.parse(source)


def called(value: ast.expr | None, names: Mapping[str, Any]) -> tuple[str, Any]:
    """The name and the function of a call, by the names of its module; `("", None)` for others."""
    match value:
        case ast.Call(func=ast.Name(id=name)):
            return name, names.get(name)
        case ast.Call(func=ast.Attribute(attr=name, value=ast.Name(id=module))):
            return name, getattr(names.get(module), name, None)
    return "", None
