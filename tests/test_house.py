"""The house rules that a machine can check: layers, sizes, pins."""

import ast
import re
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "app").rglob("*.py"))
BENCH = [*sorted((ROOT / "bench").glob("*.py")), *sorted((ROOT / "bench/peers").glob("*.py"))]
PROVE = sorted((ROOT / "prove").rglob("*.py"))
CODE = [
    *MODULES,
    *BENCH,
    *PROVE,
    *sorted((ROOT / "tests").rglob("*.py")),
    ROOT / "wsgi.py",
    ROOT / "gunicorn.conf.py",
]

# Which parts of ours a part may import, beside itself; app/__init__.py and cli put them together.
MAY_IMPORT = {
    "conversation": set(),
    "settings": set(),
    "flows": {"conversation"},
    "outside": {"conversation"},
    "wire": {"conversation"},
    "web": {"conversation", "wire", "settings"},
    "phone": set(),
    "inspection": {"phone"},
}
# Which parts may know a library; of the others, every part may know none.
MAY_KNOW = {
    "flask": {"web", "phone", "cli", ""},
    "werkzeug": {"web", "phone"},
    "click": {"cli"},
    "gunicorn": {"web", ""},
    "regex": {"conversation"},
    "aiohttp": {"outside"},
    "rapidfuzz": {"outside"},  # docs/decisions/0011
    "twilio": {"wire", "outside", "phone"},
    "requests": {"outside"},
    "urllib3": {"outside"},
    "itsdangerous": {"wire"},
    "prometheus_client": {"web"},  # docs/decisions/0013
}


def part(file: Path) -> str:
    """The part of the house that a module is in; '' for app/__init__.py."""
    inside = file.relative_to(ROOT / "app").parts
    return inside[0] if len(inside) > 1 else ""


def imports(file: Path) -> set[str]:
    """Every module that a file imports, by its full name."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are written in full"
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_point_down(file: Path) -> None:
    here = part(file)
    for name in imports(file):
        library, _, rest = name.partition(".")
        if library == "app" and here in MAY_IMPORT:
            assert rest.partition(".")[0] in {here, *MAY_IMPORT[here]}, f"{here} imports {name}"
        assert here in MAY_KNOW.get(library, {here}), f"{here or 'app'} knows {library}"


def test_the_words_know_the_standard_library_and_graphemes_alone() -> None:
    import sys

    for file in MODULES:
        if part(file) in ("conversation", "flows"):
            for name in imports(file):
                library = name.partition(".")[0]
                known = {"app", "regex", *sys.stdlib_module_names}  # regex: docs/decisions/0005
                assert library in known, f"{file}: {name}"


@pytest.mark.parametrize(
    "file", [*MODULES, *BENCH, *PROVE], ids=lambda file: str(file.relative_to(ROOT))
)
def test_files_and_functions_stay_short(file: Path) -> None:
    source = file.read_text()
    assert source.count("\n") <= 150, "make room by a new name, in a file of its own"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= 40, f"{node.name} has {length} lines"


def pinned(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text().splitlines()
    pins = [line.partition("==") for line in lines if line and line[0] not in "#-"]
    assert all(version for _, _, version in pins), "every line pins a version exactly"
    return {canonical(package): version for package, _, version in pins}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def required(roots: set[str]) -> set[str]:
    """Everything that these packages need here, themselves included."""
    needed: set[str] = set()
    waiting = set(roots)
    while waiting:
        name = waiting.pop()
        needed.add(name)
        for line in metadata.requires(name) or []:
            requirement, _, marker = line.partition(";")
            match = re.match(r"[\w.-]+", requirement)
            wanted = canonical(match[0]) if match else ""
            if "extra" not in marker and wanted not in needed and installed(wanted):
                waiting.add(wanted)
    return needed


def installed(name: str) -> bool:
    try:
        return bool(metadata.version(name))
    except metadata.PackageNotFoundError:
        return False


@pytest.mark.parametrize(
    ("file", "roots"),
    [
        (
            "requirements.txt",
            {"flask", "gunicorn", "itsdangerous", "prometheus-client", "rapidfuzz", "regex"}
            | {"twilio"},
        ),
        (
            "requirements-dev.txt",
            {"hypothesis", "mypy", "playwright", "pytest", "pytest-xdist", "pyyaml", "ruff"}
            | {"trustme", "types-pyyaml", "types-regex"},
        ),
    ],
)
def test_what_comes_along_is_pinned_too(file: str, roots: set[str]) -> None:
    pins = pinned(file)
    assert roots <= set(pins)
    available = {**pins, **pinned("requirements.txt")}
    needed = required(roots)
    assert needed <= set(available)
    assert set(pins) <= needed, "what nobody needs is not pinned"
    for name in needed:
        assert metadata.version(name) == available[name], f"{name} is another version here"


def test_no_line_points_out_of_the_project() -> None:
    for file in CODE:
        assert "../shared" not in file.read_text().replace('"../' + 'shared"', ""), file
