"""The project's rules that a program can check: sizes, lock files. Layers: test_layers.py."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.test_layers import MODULES, imports, part

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = [
    each
    for name in ("postgres", "traces")
    for each in PROJECT["project"]["optional-dependencies"][name]
]
"""The packages that the image contains."""
BENCH = sorted((ROOT / "bench").glob("*.py"))
EVIDENCE = sorted((ROOT / "tests/evidence").rglob("*.py"))
CODE = [
    *MODULES,
    *BENCH,
    *sorted((ROOT / "tests").rglob("*.py")),
    ROOT / "wsgi.py",
    ROOT / "gunicorn.conf.py",
]


@pytest.mark.parametrize(
    "file", [*MODULES, *BENCH, *EVIDENCE], ids=lambda file: str(file.relative_to(ROOT))
)
def test_files_and_functions_stay_short(file: Path) -> None:
    source = file.read_text()
    assert source.count("\n") <= 300, "split the file"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= 40, f"{node.name} has {length} lines"


def pinned(name: str) -> dict[str, str]:
    """The version of each package that a lock pins on this machine."""
    lines = (ROOT / name).read_text().splitlines()
    pins = [Requirement(line.rstrip(" \\")) for line in lines if line and line[0] not in "# "]
    assert all(str(each.specifier).startswith("==") for each in pins), (
        "a range instead of an exact version"
    )
    here = [each for each in pins if not each.marker or each.marker.evaluate()]
    return {canonicalize_name(each.name): str(each.specifier)[2:] for each in here}


def needed(direct: Iterable[str]) -> set[str]:
    """Return the packages that these requirements need on this machine, themselves included."""
    found: set[str] = set()
    waiting = [(Requirement(each), "") for each in direct]
    seen = set()
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        found.add(name := canonicalize_name(requirement.name))
        for each in ("", *requirement.extras):
            if (name, each) not in seen:
                seen.add((name, each))
                waiting += [(Requirement(line), each) for line in metadata.requires(name) or []]
    return found


def group(name: str) -> list[str]:
    """Return the requirements of a dependency group, with those of included groups."""
    found = []
    for each in PROJECT["dependency-groups"][name]:
        found += [each] if isinstance(each, str) else group(each["include-group"])
    return found


SERVER = [*PROJECT["project"]["dependencies"], *EXTRAS, *group("flows")]


@pytest.mark.parametrize(
    ("lock", "direct"),
    [("requirements.txt", SERVER), ("requirements-dev.txt", [*SERVER, *group("dev")])],
)
def test_the_lock_pins_exactly_the_required_packages(lock: str, direct: list[str]) -> None:
    pins = pinned(lock)
    assert set(pins) == needed(direct), "the lock is outdated, run: make lock"
    for name in needed(direct):
        assert metadata.version(name) == pins[name], f"{name} is installed in another version"
    for each in map(Requirement, direct):
        assert each.specifier.contains(pins[canonicalize_name(each.name)]), f"{each}: `make lock`"


@pytest.mark.threat("S26")
@pytest.mark.parametrize("lock", sorted(ROOT.glob("requirements*.txt")), ids=lambda path: path.name)
def test_every_pin_has_hashes(lock: Path) -> None:
    pins = re.split(r"^(?=[a-z])", lock.read_text(), flags=re.MULTILINE)[1:]
    assert pins
    for each in pins:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", each), each.splitlines()[0]


def test_the_engine_declares_the_packages_that_it_imports() -> None:
    declared = {Requirement(each).name for each in PROJECT["project"]["dependencies"]}
    optional = PROJECT["project"]["optional-dependencies"].values()
    declared |= {Requirement(line).name for lines in optional for line in lines}
    declared |= {"pytest"}  # only the plugin, which pytest itself loads
    packages = metadata.packages_distributions()
    for file in MODULES:
        for name in imports(file) if part(file) != "flows" else ():
            library = name.partition(".")[0]
            if library not in {"parley", "_typeshed", *sys.stdlib_module_names}:
                brought_by = set(map(canonicalize_name, packages[library]))
                assert declared & brought_by, f"{file} imports {library}"


def test_no_file_refers_to_a_path_outside_the_project() -> None:
    for file in CODE:
        assert "../shared" not in file.read_text().replace('"../' + 'shared"', ""), file


def test_the_newest_releases_run_the_live_tests_and_the_flows() -> None:
    makefile = (ROOT / "Makefile").read_text()
    recipe = makefile.partition("\ntest-newest:")[2].partition("\n\n")[0]
    groups = set(re.findall(r"--group (\w+)", recipe))
    needed = {name for name, each in PROJECT["dependency-groups"].items() if name in groups}
    assert needed == {"flows", "test"}, "wsgi.py serves the flows, which need their own libraries"
    assert '-m "not live"' in recipe
    assert '-m "live and ' in recipe, "the stop, the reload and gevent are tested by live tests"
