"""Flows are found in packages, folders, single modules and installed packages."""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import flows
from parley.conversation import FlowError
from parley.discovery import DEFAULT, installed, load_flows, load_services

FLOW = "from parley.conversation import *\n"
SHOP = {
    "shop/__init__.py": "",
    "shop/flows/two_words.py": FLOW + "def two_words(message, session): return Reply('hi')\n",
    "shop/flows/_helper.py": "raise SystemError\n",
}
Write = Callable[[dict[str, str]], Path]


def refused(sources: Any) -> str:
    with pytest.raises(FlowError) as caught:
        load_flows(sources)
    return str(caught.value)


def test_every_deployed_file_is_a_flow_with_hyphens_in_its_name() -> None:
    files = {path.stem for path in Path(flows.__file__).parent.glob("[!_]*.py")}
    assert set(load_flows()) == {name.replace("_", "-") for name in files}
    assert all(flow.summary.endswith(".") for flow in load_flows().values())


@pytest.mark.parametrize("source", ["shop.flows", "shop/flows", "./shop/flows/"])
def test_a_file_of_a_package_or_a_folder_is_a_flow(project: Write, source: str) -> None:
    project(SHOP)
    assert list(load_flows([source])) == ["two-words"]


@pytest.mark.parametrize("source", ["shop.flows", "{}/shop/flows"])
def test_files_of_a_folder_may_import_each_other(project: Write, source: str) -> None:
    folder = project(
        {
            **SHOP,
            "shop/flows/__init__.py": "from ._tables import find\nSERVICES = {'find': find}\n",
            "shop/flows/_tables.py": "def find(): return 3\n",
            "shop/flows/order.py": FLOW
            + "from ._tables import find\ndef order(m, s): return Reply(str(find()))\n",
        }
    )
    source = source.format(folder)
    assert list(load_flows([source])) == ["order", "two-words"]
    assert load_services([source])["find"]() == 3
    first, second = load_flows([source]), load_flows([source])
    assert first["order"].answer is second["order"].answer, "the folder was imported twice"


def test_two_folders_with_the_same_name_are_both_served(project: Write) -> None:
    project(
        {
            "a/flows/one.py": FLOW + "def one(m, s): ...\n",
            "b/flows/two.py": FLOW + "def two(m, s): ...\n",
        }
    )
    assert list(load_flows(["a/flows", "b/flows"])) == ["one", "two"]
    assert sys.modules["flows"] is flows, "a folder replaced the package"


def test_a_single_module_may_define_several_flows(project: Write) -> None:
    project(
        {
            "shop/__init__.py": "",
            "shop/tea.py": FLOW + "@flow\ndef green(m, s): ...\n",
            "shop/texts.py": FLOW
            + "from shop.tea import green\n"
            + "@script\ndef order_form() -> Script:\n    yield 'What?'\n    return 'Fine.'\n"
            + "@flow(lifetime=60)\ndef thanks(m, s): ...\n"
            + "def texts(m, s): ...\n"
            + "def helper(m, s): ...\n",
        }
    )
    assert list(load_flows(["shop.texts"])) == ["order-form", "thanks", "texts"]


def test_a_second_flow_in_a_file_of_a_package_is_rejected_with_its_line(project: Write) -> None:
    project({"shop/lunch.py": FLOW + "def lunch(m, s): ...\n\n@flow\ndef dinner(m, s): ...\n"})
    assert refused(["./shop"]) == (
        "shop/lunch.py, line 4: a second flow, dinner, is in the file of lunch. "
        "Move it to dinner.py"
    )


@pytest.mark.parametrize(
    "sources", [["shop.flows", "more"], ["shop/flows", "./more"], ["more", "shop/flows"]]
)
def test_two_flows_with_the_same_name_are_an_error_that_names_both_files(
    project: Write, sources: list[str]
) -> None:
    project({**SHOP, "more/two_words.py": FLOW + "\n\ndef two_words(m, s): ...\n"})
    said = refused(sources)
    assert "shop/flows/two_words.py, line 2" in said
    assert "more/two_words.py, line 4" in said
    assert said.endswith("both define the flow two-words. Rename one")


@pytest.mark.parametrize("sources", [["shop.flows", "shop.flows"], ["shop/flows", "./shop/flows"]])
def test_a_source_listed_twice_is_loaded_once(project: Write, sources: list[str]) -> None:
    project(SHOP)
    assert list(load_flows(sources)) == ["two-words"]


@pytest.mark.parametrize("name", ["status", "fallback", "menu"])
def test_a_reserved_flow_name_is_rejected(project: Write, name: str) -> None:
    project({f"shop/{name}.py": FLOW + f"def {name}(m, s): ...\n"})
    assert refused(["./shop"]).startswith(
        f"shop/{name}.py, line 2: the path /sms/{name} is the server's own"
    )


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("", "shop/lunch.py defines no lunch: write `def lunch"),
        ("lunch = 3", "shop/lunch.py defines no lunch"),
        ("def other(m, s): ...\nlunch = other", "lunch is the function other; name it lunch"),
        ("\nimport nowhere", "shop/lunch.py, line 2: cannot be imported: ModuleNotFoundError: No"),
        ("\n\ndef lunch(", r"shop/lunch.py, line 3: cannot be imported: SyntaxError: '\(' was"),
        ("import sys\nsys.exit(3)", "shop/lunch.py, line 2: cannot be imported: SystemExit: 3"),
        ("import shop._bad", "shop/lunch.py, line 1: cannot be imported: ZeroDivisionError"),
        (
            FLOW + "@flow(lifetime=7776001)\ndef lunch(m, s): ...",
            "shop/lunch.py, line 2: the lifetime of the flow lunch is 7776001: .* 1 to 14400",
        ),
        (
            FLOW + "@flow(lifetime=0)\ndef lunch(m, s): ...",
            "shop/lunch.py, line 2: the lifetime of the flow lunch is 0: .* 1 to 14400",
        ),
        (
            FLOW + "@script\ndef lunch() -> Script:\n    return 'x'",
            "shop/lunch.py, line 2: the script lunch has no `yield`",
        ),
    ],
)
@pytest.mark.parametrize("place", ["shop", "./shop"])
def test_the_error_for_a_file_without_a_flow_names_the_line(
    project: Write, place: str, source: str, sentence: str
) -> None:
    project({"shop/lunch.py": source, "shop/_bad.py": "def f():\n    1 / 0\nf()\n"})
    assert re.search(sentence, refused([place]))


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("nowhere", "There is no module nowhere on the import path. Use a module, like shop"),
        ("shop.nowhere", "There is no module shop.nowhere on the import path"),
        ("/nowhere/at/all", "There is no folder /nowhere/at/all. Correct FLOWS"),
        ("shop/__init__.py", "There is no folder shop/__init__.py"),
        ("broken", "broken/__init__.py, line 2: cannot be imported: ModuleNotFoundError: No modul"),
        ("./broken", "broken/__init__.py, line 2: cannot be imported: ModuleNotFoundError"),
        ("empty", "empty.py defines no flow: write @flow above a function there"),
    ],
)
def test_the_error_for_a_source_that_cannot_be_loaded_names_it(
    project: Write, source: str, sentence: str
) -> None:
    project({**SHOP, "broken/__init__.py": "\nimport nowhere_else\n", "empty.py": "x = 1\n"})
    assert sentence in refused([source])


@pytest.fixture
def installing() -> Iterator[None]:
    """Add packages to the installed ones."""
    installed.cache_clear()
    yield
    installed.cache_clear()


@pytest.mark.usefixtures("installing")
def test_an_installed_package_provides_flows_by_an_entry_point(project: Write) -> None:
    info = "tea_flows-1.dist-info"
    project(
        {
            **SHOP,
            "tea_flows/tea.py": FLOW + "def tea(m, s): ...\n",
            "tea_flows/__init__.py": "SERVICES = {'kettle': len}\n",
            f"{info}/METADATA": "Metadata-Version: 2.1\nName: tea-flows\nVersion: 1\n",
            f"{info}/entry_points.txt": "[parley.flows]\ntea = tea_flows\n",
        }
    )
    assert list(load_flows(["shop.flows"])) == ["two-words", "tea"]
    assert load_services(["shop.flows"]) == {"kettle": len}


@pytest.mark.usefixtures("installing")
def test_flows_of_installed_packages_need_no_package_named_flows(
    project: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parley.discovery.DEFAULT", ("no_flows_here",))
    assert "There is no module no_flows_here" in refused(["no_flows_here"])
    installed.cache_clear()
    info = "tea_flows-1.dist-info"
    project(
        {
            "tea_flows/tea.py": FLOW + "def tea(m, s): ...\n",
            f"{info}/METADATA": "Metadata-Version: 2.1\nName: tea-flows\nVersion: 1\n",
            f"{info}/entry_points.txt": "[parley.flows]\ntea = tea_flows\n",
        }
    )
    assert list(load_flows(["no_flows_here"])) == ["tea"]
    assert DEFAULT == ("flows",)


def test_two_services_with_the_same_name_are_an_error(project: Write) -> None:
    project(
        {
            "a/__init__.py": "SERVICES = {'find': len}\n",
            "b/__init__.py": "SERVICES = {'find': len, 'more': len}\n",
            "c/__init__.py": "SERVICES = {'find': max}\n",
            "d/__init__.py": "SERVICES = ['find']\n",
        }
    )
    assert load_services(["a", "b"]) == {"find": len, "more": len}, "the same function is allowed"
    with pytest.raises(FlowError, match=r"a/__init__.py and c/__init__.py both define the service"):
        load_services(["a", "c"])
    with pytest.raises(FlowError, match=r"d/__init__.py: SERVICES is not a dict"):
        load_services(["d"])
