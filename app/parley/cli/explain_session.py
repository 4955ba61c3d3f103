from datetime import UTC, datetime

import click

from parley.cli.credentials import environment
from parley.cli.options import UTF8
from parley.conversation import FlowError, Session
from parley.conversation.dependencies import Bound, bind, shown
from parley.loading import load
from parley.sessions import ConversationKey, SessionCookie, SessionCookieError, contents
from parley.settings import Settings


@click.command("explain-session")
@click.argument("cookie", type=UTF8)
@click.option("--flow", help="The flow: its questions are shown with the answers.")
@click.option("--from", "from_", type=UTF8, help="The sender, to verify the cookie.")
@click.option("--to", type=UTF8, help="The recipient, to verify the cookie.")
def explain_session(cookie: str, flow: str | None, from_: str | None, to: str | None) -> None:
    """Show the session in a cookie: each question of a script, and its answer.

    COOKIE is the value of the cookie, or the whole `Cookie` header. With --flow, --from and --to it
    is verified with SESSION_SECRET of the environment or of var/development.env; if that is not
    set, the command asks for it. Nothing is logged. Exit status 1 if the cookie is not valid.

    \b
    Example:
      parley explain-session parley=1764… --flow pizza --from +15551230001 --to +15559870002
    """
    settings, _ = Settings.examine(environment())
    name = settings.session_cookie_name or "parley"
    header = cookie if "=" in cookie else f"{name}={cookie}"
    try:
        session, expiry = contents(header, name)
        bound = loaded(settings, flow) if flow else None
        if bound and from_ and to:
            key = ConversationKey(bound.flow.name, from_, to)
            check(settings, header, key, bound, expiry)
            click.echo("The cookie was sealed with SESSION_SECRET for this conversation.")
        else:
            click.echo("The cookie is not verified: give --flow, --from and --to.")
    except SessionCookieError as error:
        raise click.ClickException(f"The cookie is not valid: it is {error.reason}.") from None
    when = datetime.fromtimestamp(expiry, UTC)
    ended = "expired" if when <= datetime.now(UTC) else "expires"
    click.echo(f"It {ended} at {when:%Y-%m-%dT%H:%M:%SZ}.")
    for question, answer in remembered(session, bound, from_ or "", to or ""):
        click.echo(f"{question}\n    {answer}")


def loaded(settings: Settings, name: str) -> Bound:
    """Load a flow with its services and settings. Raises ClickException if it does not exist."""
    try:
        everything = load(settings)
        if (flow := everything.flows.get(name)) is None:
            raise click.ClickException(f"There is no flow {name}: {', '.join(everything.flows)}.")
        return bind(flow, everything.services, settings.declared().read)
    except FlowError as error:
        raise click.ClickException(str(error)) from None


def check(settings: Settings, header: str, key: ConversationKey, bound: Bound, expiry: int) -> None:
    """Raise SessionCookieError unless this cookie was sealed for the conversation."""
    secrets = settings.session_secrets or (click.prompt("SESSION_SECRET", hide_input=True),)
    at_its_time = SessionCookie(secrets, lambda: expiry - 1, name=settings.session_cookie_name)
    at_its_time.open(header, key, bound.lifetime)


def remembered(session: Session, bound: Bound | None, from_: str, to: str) -> list[tuple[str, str]]:
    """Return the content of a session, by question if the flow is known, otherwise by name."""
    if bound is None:
        return [(name, shown(value)) for name, value in session.items()]
    return bound.recall(session, from_, to)
