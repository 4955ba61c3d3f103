"""Discovery of flows: in modules and packages, in folders, and in installed packages.

Each file of a package or a folder is one flow with the file's name. A single module as a source can
define several, with `@flow` or `@script`.
"""

import importlib
import importlib.util
import inspect
import os
import pkgutil
import re
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from hashlib import sha256
from importlib import metadata
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

from parley.conversation.error_hints import hint
from parley.conversation.flow import Flow, FlowError
from parley.conversation.source_lines import location, place, relative

RESERVED = frozenset({"fallback", "menu", "status"})
"""Reserved names: the fallback URL, the menu, and the status callbacks."""
ENTRY_POINTS = "parley.flows"
"""The entry point group for flows of installed packages; each names a module or package."""
DEFAULT = ("flows",)
"""The default sources."""
PREFIX = "parley_flows_"
"""The prefix of the module names of folders."""


def load_flows(sources: Iterable[str] = DEFAULT) -> dict[str, Flow]:
    """Return every flow by its name in the URL: `reset-after-five` for `reset_after_five.py`.

    A source is a module or a package (`shop.flows`) or, with a slash, a folder (`/srv/flows`);
    those of the entry points follow. Files whose names begin with an underscore are not
    flows. Raises FlowError for a file that cannot be imported or defines no flow, for two flows of
    one name, and for a reserved name.
    """
    found: dict[str, Flow] = {}
    for source in _packages(sources):
        for flow in _flows_of(source):
            _check_name(flow, found.get(flow.name))
            _check_function(flow)
            found[flow.name] = flow
    return found


def continued_names(flows: Mapping[str, Flow]) -> list[str]:
    """Return an error for each flow whose name continues another's: `lunch-two` and `lunch`.

    An attacker could send a request that is signed for one flow to the other: docs/security.md.
    """
    return [
        f"{location(flows[other].answer)}: the name {other} begins with the name of the flow "
        f"{name}, so a request for one could be replayed to the other. Rename it, like two-{name}"
        for name in flows
        for other in flows
        if continues(other, name)
    ]


def continues(other: str, name: str) -> bool:
    """Return whether a name is `name` and a hyphen or a digit; in a file, an underscore."""
    return other != name and bool(re.match(rf"{re.escape(name)}[-_0-9]", other))


def module_names(sources: Iterable[str] = DEFAULT) -> list[str]:
    """Return the names of the sources' modules and packages: the prefixes of their loggers."""
    return [each.__name__ for each in _packages(sources)]


def load_services(sources: Iterable[str] = DEFAULT) -> dict[str, Any]:
    """Return the services of the sources: `SERVICES` in a module or a package's `__init__.py`.

    Raises FlowError for two services with the same name.
    """
    found: dict[str, Any] = {}
    owners: dict[str, str] = {}
    for source in _packages(sources):
        services = getattr(source, "SERVICES", {})
        if not isinstance(services, Mapping):
            raise FlowError(
                f'{_file(source)}: SERVICES is not a dict, like {{"find_table": find_table}}'
            )
        for name, service in services.items():
            if found.setdefault(name, service) is not service:
                raise FlowError(
                    f"{owners[name]} and {_file(source)} both define the service {name}: "
                    "rename one of them"
                )
            owners.setdefault(name, _file(source))
    return found


def _packages(sources: Iterable[str]) -> Iterator[ModuleType]:
    """Yield the module of each source and each entry point, without duplicates."""
    names, brought = tuple(sources), installed()
    if names == DEFAULT and brought and importlib.util.find_spec(DEFAULT[0]) is None:
        names = ()
    seen = set()
    for name in (*names, *brought):
        module = _folder(name) if "/" in name else _module(name)
        if module.__name__ not in seen:
            seen.add(module.__name__)
            yield module


@cache
def installed() -> tuple[str, ...]:
    """Return the sources of installed packages; cached, because the search takes 10 ms."""
    return tuple(each.value for each in metadata.entry_points(group=ENTRY_POINTS))


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        if isinstance(error, ModuleNotFoundError) and f"{name}.".startswith(f"{error.name}."):
            raise FlowError(
                f"There is no module {name} on the import path. Use a module, like shop.flows, "
                "or a folder with a slash in it, like /srv/flows, in FLOWS or create_app"
            ) from None
        raise _import_error(error, name) from error


def _folder(name: str) -> ModuleType:
    """Import a folder as a package, whose files can import each other with a dot.

    Its module name is unique: a folder `flows` does not hide a package with that name.
    """
    folder = Path(name).resolve()
    if not folder.is_dir():
        raise FlowError(f"There is no folder {name}. Correct FLOWS or the call of create_app")
    package = PREFIX + sha256(os.fsencode(folder)).hexdigest()[:12]
    if package in sys.modules:
        return sys.modules[package]
    file = folder / "__init__.py"
    loader = SourceFileLoader(package, str(file)) if file.exists() else None
    spec = ModuleSpec(package, loader, origin=str(file), is_package=True)
    spec.submodule_search_locations = [str(folder)]
    spec.has_location = loader is not None
    sys.modules[package] = module = importlib.util.module_from_spec(spec)
    try:
        if loader:
            loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[package]
        raise _import_error(error, str(file)) from error
    return module


def _flows_of(source: ModuleType) -> Iterator[Flow]:
    """Yield the flows of a module, or of the files of a package."""
    if not hasattr(source, "__path__"):
        yield from _of_module(source)
        return
    for each in sorted(pkgutil.iter_modules(source.__path__), key=lambda each: each.name):
        if not each.name.startswith("_"):
            yield _of_file(f"{source.__name__}.{each.name}")


def _of_file(name: str) -> Flow:
    """Return the flow of a file: the object with the file's name."""
    try:
        module = importlib.import_module(name)
    except (Exception, SystemExit) as error:
        raise _import_error(error, name) from error
    stem = name.rpartition(".")[2]
    found = _as_flow(module, stem)
    if found is None:
        raise FlowError(
            f"{_file(module)} defines no {stem}: write `def {stem}(message, session):` there"
        )
    if second := next((each for each in _decorated(module) if each != found), None):
        raise FlowError(
            f"{location(second.answer)}: a second flow, {second.name}, is in the file of {stem}. "
            f"Move it to {second.answer.__name__}.py"
        )
    return found


def _of_module(module: ModuleType) -> Iterator[Flow]:
    """Yield the flows of a single module: decorated ones, and the function with its name."""
    same_name = _as_flow(module, module.__name__.rpartition(".")[2])
    flows = [each for each in _decorated(module) if each != same_name]
    flows += [same_name] if same_name else []
    if not flows:
        raise FlowError(f"{_file(module)} defines no flow: write @flow above a function there")
    yield from flows


def _as_flow(module: ModuleType, name: str) -> Flow | None:
    value = getattr(module, name, None)
    if isinstance(value, Flow):
        found = value
    elif callable(value):
        found = Flow(value)
    else:
        return None
    if found.answer.__name__ != name:
        raise FlowError(
            f"{_file(module)}: {name} is the function {found.answer.__name__}; name it {name}"
        )
    return found


def _decorated(module: ModuleType) -> list[Flow]:
    """Return the flows that a module defines, without imported ones."""
    values = {id(each): each for each in vars(module).values() if isinstance(each, Flow)}
    return [each for each in values.values() if each.answer.__module__ == module.__name__]


def _check_name(flow: Flow, other: Flow | None) -> None:
    if flow.name in RESERVED:
        raise FlowError(
            f"{location(flow.answer)}: the path /sms/{flow.name} is the server's own. Rename the "
            "flow"
        )
    if other is not None:
        raise FlowError(
            f"{location(other.answer)} and {location(flow.answer)} both define the flow "
            f"{flow.name}. Rename one"
        )


def _check_function(flow: Flow) -> None:
    """Raise FlowError for a function that cannot be a flow."""
    where, name = location(flow.answer), flow.answer.__name__
    if inspect.isgeneratorfunction(flow.answer):
        raise FlowError(f"{where}: {name} has a `yield`: write @script above it")
    if inspect.iscoroutinefunction(flow.answer):
        raise FlowError(f"{where}: {name} is async: write `def {name}`; waiting blocks no other")
    try:
        parameters = inspect.signature(flow.answer).parameters.values()
    except (TypeError, ValueError):  # a callable without a signature
        return
    positional = [
        each
        for each in parameters
        if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
    ]
    needed = [each for each in positional if each.default is each.empty]
    takes_any = any(each.kind is each.VAR_POSITIONAL for each in parameters)
    if len(needed) > 2 or (len(positional) < 2 and not takes_any):
        raise FlowError(
            f"{where}: {name} does not take a message and a session: write "
            f"`def {name}(message, session):`, and services and settings after a *"
        )


def _import_error(error: BaseException, name: str) -> FlowError:
    """Return the error for a file that cannot be imported, with the line that failed."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [
        each for each in frames if each.filename != __file__ and "importlib" not in each.filename
    ]
    where = name
    if isinstance(error, SyntaxError) and error.filename:
        where = place(error.filename, error.lineno)
    elif own:
        where = place(own[0].filename, own[0].lineno)
    if isinstance(error, FlowError):
        return FlowError(str(error) if ", line " in str(error) else f"{where}: {error}")
    words = error.msg if isinstance(error, SyntaxError) else str(error)
    sentence = f"{where}: cannot be imported: {type(error).__name__}: {words}"
    found = hint(error)
    return FlowError(f"{sentence}. {found.removesuffix('.')}" if found else sentence)


def _file(module: ModuleType) -> str:
    """Return the file of a module, or the folder of a package without one."""
    return relative(getattr(module, "__file__", None) or next(iter(module.__path__)))
