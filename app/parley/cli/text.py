import click

from app.cli.credentials import auth_token, webhook
from app.cli.numbers import numbers
from app.cli.utf8 import UTF8
from app.phone.delivery import Delivery, Webhook
from app.phone.switchboard import Switchboard
from app.phone.transcript import transcript


@click.command()
@click.argument("flow")
@click.argument("texts", nargs=-1, required=True, type=UTF8)
@click.option("--url", help="The server's URL, instead of PUBLIC_URL.")
@numbers
@click.option(
    "--media", multiple=True, type=UTF8, help="The URL of a picture; may be given several times."
)
def text(
    flow: str, texts: tuple[str, ...], url: str | None, from_: str, to: str, media: tuple[str, ...]
) -> None:
    """Hold a conversation with a running server, and print it.

    Every text is signed and sent over HTTP as Twilio would, the cookie kept between them. The
    pictures go with the first one. Exit status 1 when an answer is no 200, or earns an error from
    Twilio.

    \b
    Example:
      flask sms text counter "hi" "hi again" --from +15551230000
    """
    board, target = Switchboard(), Webhook(webhook(flow, url), auth_token())
    refused = False
    for number, body in enumerate(texts):
        delivery = board.text(target, from_, to, body, () if number else media)
        show(body, delivery)
        refused = refused or bool(delivery.errors)
    if refused:
        raise SystemExit(1)


def show(body: str, delivery: Delivery) -> None:
    """Print one turn as the lines of a transcript, and what went wrong behind `!`.

    Raises ClickException where nothing answers.
    """
    for line in transcript(body, delivery):
        click.echo(printable(line))
    response = delivery.response
    if response is None:
        raise click.ClickException(
            f"{delivery.errors[-1]}. Is the server running? `make run` starts it."
        )
    if response.status != 200:
        said = response.content.decode(errors="replace").strip()
        click.echo(printable(f"! {response.status} {said}"))
    for error in delivery.errors:
        if error.what != f"the webhook did not answer well (status {response.status})":
            click.echo(printable(f"! {error}"))


def printable(line: str) -> str:
    """A line in which nothing commands the terminal: what comes from a webhook is anybody's."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in line
    )
