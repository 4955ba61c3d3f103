from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from parley.cli.application import app_option, application
from parley.cli.credentials import environment
from parley.cli.database import given_url
from parley.cli.explain_session import loaded, remembered
from parley.cli.options import UTF8
from parley.conversation.dependencies import Bound
from parley.conversation.masking import masked
from parley.refusals import Refusal
from parley.settings import Settings

if TYPE_CHECKING:
    from parley.memory.conversations import Found
    from parley.memory.postgres import PostgresMemory

MOST = 10_000
Command = TypeVar("Command", bound=Callable[..., None])
Act = Callable[["PostgresMemory", Any], None]


@click.group(invoke_without_command=True)
@app_option
@click.option("--flow", default="", type=UTF8, help="Only those of this flow.")
@click.option("--limit", default=50, type=click.IntRange(1, MOST), show_default=True)
@click.option("--all", "every", is_flag=True, help="Also those that have ended.")
@click.option("--numbers", "whole", is_flag=True, help="Show phone numbers in full.")
@click.pass_context
def conversations(
    context: click.Context, flow: str, limit: int, *, every: bool, whole: bool
) -> None:
    """List the conversations in the database with an open question; show or end one.

    Without a command the conversations are listed, the latest first: the sender, the number, the
    flow, the open question, since when, and when it expires. Texts are not shown.

    \b
    Example:
      parley conversations --flow appointment
      parley conversations show +15551230001
    """
    if context.invoked_subcommand:
        return
    from parley.memory.conversations import listed

    now = datetime.now(UTC)
    with connection() as opened:
        found = listed(opened, now, limit + 1, flow=flow, every=every)
    for each in found[:limit]:
        click.echo("  ".join(line(each, now, whole=whole)))
    if not found:
        click.echo("No conversation waits.", err=True)
    elif len(found) > limit:
        click.echo(f"These are the last {limit}; see more with --limit.", err=True)


def of_one(command: Command) -> Command:
    """Add the person, `--to` and `--flow`, which choose one conversation."""
    person = click.argument("person", type=UTF8)
    to = click.option("--to", "number", default="", type=UTF8, help="The number that was texted.")
    flow = click.option("--flow", default="", type=UTF8, help="The flow.")
    return person(to(flow(app_option(command))))


@conversations.command()
@of_one
@click.option("--words", is_flag=True, help="Also show questions and answers.")
def show(person: str, number: str, flow: str, *, words: bool) -> None:
    """Show the conversations of PERSON, a phone number in full.

    Questions and answers are shown only with --words.

    \b
    Example:
      parley conversations show +15551230001 --words
    """
    now = datetime.now(UTC)
    for each in chosen(person, number, flow):
        click.echo("  ".join(line(each, now, whole=False)))
        click.echo(f"    texts answered: {each.turns}; being answered: {each.texts}")
        name, session = each.running
        if words and session:
            bound = flow_named(name) if name else None
            for question, answer in remembered(session, bound, each.person, each.number):
                click.echo(f"    {question}\n        {answer}")


def flow_named(name: str) -> Bound | None:
    """The flow of this name, as the application serves it, or the environment names it."""
    if served := application():
        return served[1].flows.get(name)
    return loaded(Settings.examine(environment())[0], name)


def database() -> str:
    """The URL of the database; raises ClickException if it cannot be used."""
    served = application()
    return served[0].database_url if served and served[0].database_url else given_url()


@conversations.command()
@of_one
def end(person: str, number: str, flow: str) -> None:
    """End the conversation of PERSON: delete its session and its timers.

    \b
    Example:
      parley conversations end +15551230001
    """
    from parley.memory.conversations import end as end_one

    act(person, number, flow, lambda memory, key: end_one(memory, key), parked=True)
    click.echo("The conversation has ended; the next text begins a new one.")


@conversations.command("take-over")
@of_one
@click.option(
    "--by", default="the operator", type=UTF8, help="Who answers: a phone number or name."
)
@click.option("--hours", default=4.0, type=click.FloatRange(0.01, 2_160), show_default=True)
def take_over(person: str, number: str, flow: str, by: str, hours: float) -> None:
    """Pause the script of PERSON's conversation, so that an operator can answer.

    It continues after this command's --hours without a text, or after
    `parley conversations give-back`. If --by is a phone number, texts of the person are
    forwarded to it.

    \b
    Example:
      parley conversations take-over +15551230001 --by +15550000009
    """
    from parley.memory.conversations import take_over as hold

    seconds = round(3_600 * hours)
    act(person, number, flow, lambda memory, key: hold(memory, key, by, seconds))
    click.echo("The script pauses; end that with `parley conversations give-back`.")


@conversations.command("give-back")
@of_one
def give_back(person: str, number: str, flow: str) -> None:
    """Continue the script of PERSON's conversation.

    \b
    Example:
      parley conversations give-back +15551230001
    """
    from parley.memory.conversations import take_over as hold

    act(person, number, flow, lambda memory, key: hold(memory, key, "", 0))
    click.echo("The script answers the next text.")


@contextmanager
def connection() -> Iterator[Any]:
    """Connect to the database. Raises ClickException if it cannot be used."""
    url = database()
    from parley.memory import schema

    try:
        schema.check(url)
        with schema.connected(url) as opened:
            yield opened
    except schema.SchemaError as error:
        raise click.ClickException(str(error)) from None


def chosen(person: str, number: str, flow: str, *, parked: bool = True) -> list["Found"]:
    """Return the conversations of a person. Raises ClickException if there are none."""
    from parley.memory.conversations import of_person
    from parley.memory.running import is_parked

    with connection() as opened:
        found = of_person(opened, person, number, flow)
    found = [each for each in found if parked or not is_parked(each.flow)]
    if not found:
        raise click.ClickException(
            "There is no such conversation. Write the number in full, as Twilio sends it: "
            "+15551230001, or whatsapp:+15551230001."
        )
    return found


def act(person: str, number: str, flow: str, work: Act, *, parked: bool = False) -> None:
    """Run an operation on the chosen conversation. Raises ClickException unless it is unique.

    With `parked`, a script that waits for a time in its own row can be chosen.
    """
    found = chosen(person, number, flow, parked=parked)
    if len(found) > 1:
        each = ", ".join(f"--to {one.number} --flow {one.flow}" for one in found)
        raise click.ClickException(f"This person has {len(found)} conversations. Choose: {each}.")
    from parley.memory.database import Database
    from parley.memory.postgres import PostgresMemory
    from parley.sessions import SessionCookie

    memory = PostgresMemory(Database(database(), 1), SessionCookie(("",)))
    try:
        work(memory, found[0].key)
    except Refusal as refusal:
        raise click.ClickException(f"{refusal.reason}: {refusal.next_step}.") from None
    finally:
        memory.close()


def line(found: "Found", now: datetime, *, whole: bool) -> tuple[str, ...]:
    """Return the columns of a conversation in a list, without its texts."""
    from parley.memory.conversations import utc

    people = [each if whole else masked(each) for each in (found.person, found.number)]
    name, session = found.running
    expiry = f"expires {utc(found.expires_at)}" if found.is_waiting(now) else ""
    state = found.state(session, now)
    return (*people, name, state, f"since {utc(found.answered_at)}", expiry)
