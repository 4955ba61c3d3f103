import keyword
from pathlib import Path

import click

from app.flows import RESERVED

FLOW = '''\
from app.conversation import Script, confirm, conversation


@conversation
def {name}() -> Script:
    """Take an order."""
    order = yield "What would you like?"
    if (yield from confirm(f"{{order}}: is that right?")):
        return f"{{order}} it is."
    return "Nothing is ordered. Text again to begin anew."
'''

TEST = '''\
from tests.twilio import Twilio, longest_path, play


def test_it_takes_an_order(twilio: Twilio) -> None:
    play(
        twilio,
        "{url}",
        """
        > hi
        < What would you like?
        > pizza
        < pizza: is that right?
        > perhaps
        < Please answer with yes or no.
        < pizza: is that right?
        > back
        < What would you like?
        > soup
        < soup: is that right?
        > yep
        < soup it is.
        """,
    )


def test_its_longest_path_fits_the_cookie(twilio: Twilio) -> None:
    assert longest_path(twilio, "{url}", "hi", "x" * 1_600) < 4_096
'''


@click.command("new-flow")
@click.argument("name")
def new_flow(name: str) -> None:
    """Write a flow and its test, as a starting point that passes, in the current project.

    \b
    Example:
      flask sms new-flow lunch
    """
    try:
        written = write_flow(name, Path())
    except UnfitName as error:
        raise click.ClickException(str(error)) from None
    for path in written:
        click.echo(f"Wrote {path}")
    click.echo(f"Its URL is /sms/{written[0].stem.replace('_', '-')}; test it with: make test")


class UnfitName(Exception):
    """A name that no new flow can have; the message says why."""


def write_flow(name: str, project: Path) -> tuple[Path, Path]:
    """Write `app/flows/<name>.py` and `tests/flows/test_<name>.py`, and never over another file.

    Hyphens become underscores. Raises UnfitName.
    """
    stem = name.replace("-", "_")
    if not (stem.isascii() and stem.isidentifier() and stem == stem.lower()) or stem[0] == "_":
        raise UnfitName("Name it with lower-case letters, digits and hyphens, a letter first.")
    if stem in RESERVED or keyword.iskeyword(stem) or keyword.issoftkeyword(stem):
        raise UnfitName(f"{name} is a name that is taken: choose another.")
    flow, test = Path(f"app/flows/{stem}.py"), Path(f"tests/flows/test_{stem}.py")
    for path in (flow, test):
        if (project / path).exists():
            raise UnfitName(f"{path} is there already: choose another name.")
        if not (project / path).parent.is_dir():
            raise UnfitName(f"There is no {path.parent} here: run it in the project's folder.")
    (project / flow).write_text(FLOW.format(name=stem), encoding="utf-8")
    (project / test).write_text(TEST.format(url=stem.replace("_", "-")), encoding="utf-8")
    return flow, test
