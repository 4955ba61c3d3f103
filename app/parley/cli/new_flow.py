import keyword
from pathlib import Path

import click

from parley.cli.credentials import environment
from parley.discovery import RESERVED, continues
from parley.settings.environment import Source

FLOW = '''\
from parley import Script, confirm, script


@script
def {name}() -> Script:
    """Take an order."""
    order = yield "What would you like?"
    if (yield from confirm(f"{{order}}: is that right?")):
        return f"{{order}} it is."
    return "Nothing is ordered. Text again to start over."
'''

TEST = '''\
from parley.testing import Sms


def test_it_takes_an_order(sms: Sms) -> None:
    sms.play(
        "{url}",
        """
        > hi
        < What would you like?
        > pizza
        < pizza: is that right?
        > perhaps
        < Sorry, I didn't get that. Please reply yes or no.
        < pizza: is that right?
        > back
        < What would you like?
        > soup
        < soup: is that right?
        > yep
        < soup it is.
        """,
    )


def test_its_longest_path_fits_the_cookie(sms: Sms) -> None:
    assert sms.longest_path("{url}", "hi", "x" * 1_600) < 4_096
'''


@click.command("new-flow")
@click.argument("name")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to write the flow. By default the first folder of FLOWS; if FLOWS is not set, "
    "app/flows in a checkout of Parley, otherwise flows.",
)
def new_flow(name: str, folder: Path | None) -> None:
    """Write a flow and its test, as a starting point that passes, in the current project.

    \b
    Example:
      parley new-flow lunch
      parley new-flow lunch --folder shop/flows
    """
    flows, tests = folder or default_folder(), Path("tests")
    if (tests / "flows").is_dir():
        tests /= "flows"
    try:
        flow, test = write_flow(name, flows, tests)
    except UnfitName as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Wrote {flow}\nWrote {test}")
    click.echo(
        f"Its URL is /sms/{flow.stem.replace('_', '-')}; test it with: {command(folder, test)}"
    )


def default_folder() -> Path:
    """Return the folder of the first source of FLOWS; ends the command if it is not one here."""
    sources = Source(environment()).listed("FLOWS")
    if not sources:
        checkout = Path("app", "flows")
        return checkout if checkout.is_dir() else Path("flows")
    folder = Path(sources[0] if "/" in sources[0] else sources[0].replace(".", "/"))
    if not folder.is_dir():
        raise click.ClickException(
            f"FLOWS names {sources[0]}, and there is no folder {folder} here. Run the command in "
            "the project's folder, or name another folder with --folder."
        )
    return folder


def command(folder: Path | None, test: Path) -> str:
    """Return the command that runs the new test."""
    if Path("Makefile").is_file() and Path("app", "flows").is_dir():
        return f"make test tests={test}"
    if folder is None:
        return f"python -m pytest {test}"
    return f"FLOWS={folder if folder.is_absolute() else f'./{folder}'} python -m pytest {test}"


class UnfitName(Exception):
    """Raised for a name that a new flow cannot have; the message says why."""


def write_flow(name: str, flows: Path, tests: Path) -> tuple[Path, Path]:
    """Write `<name>.py` and `test_<name>.py` into these folders; never overwrite a file.

    Hyphens become underscores. Missing folders are created. Raises UnfitName.
    """
    stem = name.replace("-", "_")
    if not (stem.isascii() and stem.isidentifier() and stem == stem.lower()) or stem[0] == "_":
        raise UnfitName("Name it with lower-case letters, digits and hyphens, a letter first.")
    if stem in RESERVED or keyword.iskeyword(stem) or keyword.issoftkeyword(stem):
        raise UnfitName(f"{name} is a name that is taken: choose another.")
    flow, test = flows / f"{stem}.py", tests / f"test_{stem}.py"
    for other in sorted(each.stem for each in flows.glob("[!_]*.py")):
        if continues(stem, other) or continues(other, stem):
            raise UnfitName(
                f"Of {name} and the flow {other}, one name begins with the other, so a request "
                "for one could be replayed to the other: choose another name."
            )
    for path in (flow, test):
        if path.exists():
            raise UnfitName(f"{path} exists already: choose another name.")
    for path, content in ((flow, FLOW), (test, TEST)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content.format(name=stem, url=stem.replace("_", "-")), encoding="utf-8")
    return flow, test
