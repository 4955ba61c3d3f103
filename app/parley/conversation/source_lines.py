"""Files, lines and syntax trees of an author's code, for error messages."""

import ast
import inspect
import linecache
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any


def location(function: Callable[..., Any]) -> str:
    """Return the file and line of a function's definition, without its decorators."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return str(getattr(function, "__name__", type(function).__name__))
    return place(code.co_filename, code.co_firstlineno)


def place(file: str | Path, line: int | None) -> str:
    """Format a place as `flows/lunch.py, line 3`."""
    return f"{relative(file)}, line {line}"


def relative(file: str | Path) -> str:
    """Return a file's path relative to the current folder, if it is inside it."""
    try:
        return str(Path(file).relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(file)


def parsed(file: str) -> ast.Module:
    """Return the syntax tree of a file; empty if the file does not exist. Raises SyntaxError."""
    return _parsed("".join(linecache.getlines(file)))


@lru_cache(maxsize=1)  # a file is parsed for several checks in a row
def _parsed(source: str) -> ast.Module:
    return ast.parse(source)


def called(value: ast.expr | None, names: Mapping[str, Any]) -> tuple[str, Any]:
    """Return the name and the function of a call, looked up in `names`; otherwise `("", None)`."""
    match value:
        case ast.Call(func=ast.Name(id=name)):
            return name, names.get(name)
        case ast.Call(func=ast.Attribute(attr=name, value=ast.Name(id=module))):
            return name, getattr(names.get(module), name, None)
    return "", None
