import click

from parley.cli.credentials import auth_token
from parley.cli.options import UTF8, numbers
from parley.cli.urls import webhook
from parley.simulator.delivery import Delivery, Webhook
from parley.simulator.reported_errors import error as twilio_error
from parley.simulator.simulator import TwilioSimulator
from parley.simulator.transcript import transcript


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

    Every text is signed and sent over HTTP like Twilio's, and the cookie is kept between them. The
    pictures are sent with the first text. FLOW is a name, or /sms for the webhook of all flows.
    Exit status 1 if a response is not 200, or if Twilio would report an error for it.

    \b
    Example:
      parley text counter "hi" "hi again" --from +15551230000
    """
    simulator, target = TwilioSimulator(), Webhook(webhook(flow, url), auth_token())
    refused = False
    for number, body in enumerate(texts):
        delivery = simulator.text(target, from_, to, body, () if number else media)
        show(body, delivery)
        refused = refused or bool(delivery.errors)
    if refused:
        raise SystemExit(1)


def show(body: str, delivery: Delivery) -> None:
    """Print one turn as lines of a transcript, with errors after `!`.

    Raises ClickException if there is no response.
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
        if error != twilio_error(11200, f"status {response.status}"):
            click.echo(printable(f"! {error}"))


def printable(line: str) -> str:
    """Return a line without control characters, since a webhook can send anything."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in line
    )
