import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from parley.cli.application import app_option
from parley.cli.options import UTF8
from parley.cli.text import printable
from parley.cli.worker import given

if TYPE_CHECKING:
    from parley.starting import Starter

COLUMNS = "to, consent, and answer_1, answer_2, …"


class Line(NamedTuple):
    """A person to ask, from the command line or a file."""

    to: str
    consent: str
    answers: list[str]


@click.command()
@click.argument("to", nargs=-1, type=UTF8)
@click.argument("flow", type=UTF8)
@click.option("--from", "from_", default="", type=UTF8, help="Your number; or SENDING_NUMBER.")
@click.option("--answer", multiple=True, type=UTF8, help="An answer to the first questions.")
@click.option("--consent", default="", type=UTF8, help="How the person has agreed to texts.")
@click.option("--csv", "file", type=click.Path(dir_okay=False, path_type=Path))
@app_option
@click.option("--rate", type=click.FloatRange(0.001, 999), help="People of the file a second.")
def start(
    to: tuple[str, ...],
    flow: str,
    from_: str,
    answer: tuple[str, ...],
    consent: str,
    file: Path | None,
    rate: float | None,
) -> None:
    """Ask people, or every person of a CSV file, the first question of a script.

    `parley worker` sends it, after the recipient's quiet hours; the reply continues the script. The
    file has the columns to, consent, and answer_1, answer_2, …; only the first is required. Exit
    status 1 if a person is not asked, for example after an opt-out, or while another script runs.

    \b
    Example:
      parley start +15551230000 appointment --from +15559870002 --consent "web form"
      parley start --csv people.csv appointment --rate 0.5
    """
    if bool(to) == bool(file):
        raise click.UsageError("Name a person, like +15551230000, or a file with --csv.")
    people = read(file, consent) if file else [Line(each, consent, list(answer)) for each in to]
    starter = given().starter
    is_whole = True
    for position, each in enumerate(people):
        after = position / (rate or 1) if file else 0.0
        line, is_started = result(starter, each, flow, from_, after)
        click.echo(printable(f"{each.to}  {line}"))
        is_whole &= is_started
    if not is_whole:
        raise SystemExit(1)


def read(file: Path, consent: str) -> list[Line]:
    """Read the people of a CSV file. Raises UsageError."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeError, csv.Error) as error:
        raise click.UsageError(f"{file} cannot be read: {error}. No one was asked.") from None
    found = [*_people(rows, consent)]
    if not found or not all(each.to for each in found):
        raise click.UsageError(f"{file} needs the columns {COLUMNS}. No one was asked.")
    return found


def _people(rows: list[dict[str, str]], consent: str) -> Iterator[Line]:
    for row in rows:
        answers = [row[name] for name in sorted(_answers(row), key=lambda each: int(each[7:]))]
        given = [each for each in answers if each]
        yield Line((row.get("to") or "").strip(), row.get("consent") or consent, given)


def _answers(row: dict[str, str]) -> list[str]:
    return [name for name in row if (name or "").startswith("answer_") and name[7:].isdigit()]


def result(
    starter: "Starter", person: Line, flow: str, from_: str, after: float
) -> tuple[str, bool]:
    """Start a script with a person; return the line for it, and whether it was started."""
    from parley.memory.schema import SchemaError
    from parley.starting import NotStarted

    try:
        started = starter.start(
            person.to,
            flow,
            answers=person.answers,
            from_=from_,
            consent=person.consent,
            after=after,
        )
    except NotStarted as error:
        return f"not started: {error}", False
    except SchemaError as error:
        raise click.ClickException(str(error)) from None
    wait = started.due.timestamp() - starter.clock()
    if wait < 1:
        return "will be asked now", True
    return f"will be asked at {started.due.astimezone():%Y-%m-%d %H:%M %Z}", True
