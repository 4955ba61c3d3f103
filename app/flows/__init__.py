"""The residents: one flow a file, found by the file's name."""

import importlib
import pkgutil
from collections.abc import Iterable

from app.conversation import Flow, FlowError

RESERVED = frozenset({"fallback", "status"})
"""Names under `/sms/` that are the server's own."""


def residents(path: Iterable[str] = __path__, package: str = __name__) -> dict[str, Flow]:
    """Every flow by its name in the URL: `reset_after_five.py` is `reset-after-five`.

    A file `lunch.py` defines `lunch`, a function or a Flow; a file whose name begins with an
    underscore is none. Raises FlowError for a file that does not, or that takes a reserved name.
    """
    modules = sorted(module.name for module in pkgutil.iter_modules(path))
    found = (_resident(name, package) for name in modules if not name.startswith("_"))
    return {each.name: each for each in found}


def _resident(name: str, package: str) -> Flow:
    file = f"app/flows/{name}.py"
    if name in RESERVED:
        raise FlowError(f"{file}: /sms/{name} is the server's own; give the file another name")
    try:
        answer = getattr(importlib.import_module(f"{package}.{name}"), name, None)
    except Exception as error:
        raise FlowError(f"{file} cannot be imported: {type(error).__name__}: {error}") from error
    if isinstance(answer, Flow):
        found = answer
    elif callable(answer):
        found = Flow(answer)
    else:
        raise FlowError(f"{file} defines no {name}: write `def {name}(message, session):` there")
    if found.answer.__name__ != name:
        raise FlowError(f"{file}: {name} is the function {found.answer.__name__}; name it {name}")
    return found
