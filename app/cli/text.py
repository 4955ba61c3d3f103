import click

from app.cli.credentials import auth_token, webhook
from app.cli.numbers import numbers
from app.phone.answers import Answer
from app.phone.delivery import NotDelivered, Phone


@click.command()
@click.argument("flow")
@click.argument("texts", nargs=-1, required=True)
@click.option("--url", help="The server's URL, instead of PUBLIC_URL.")
@numbers
@click.option("--media", multiple=True, help="The URL of a picture; may be given several times.")
def text(
    flow: str, texts: tuple[str, ...], url: str | None, from_: str, to: str, media: tuple[str, ...]
) -> None:
    """Hold a conversation with a running server, and print it.

    Every text is signed and sent over HTTP as Twilio would, the cookie kept between them. The
    pictures go with the first one. Exit status 1 when an answer is no 200.

    \b
    Example:
      flask sms text counter "hi" "hi again" --from +15551230000
    """
    phone = Phone(webhook(flow, url), auth_token(), from_, to)
    refused = False
    for number, body in enumerate(texts):
        click.echo(f"> {body}")
        try:
            answer = phone.text(body, () if number else media)
        except NotDelivered as error:
            raise click.ClickException(
                f"{error}. Is the server running? `make run` starts it."
            ) from None
        refused = refused or answer.status != 200
        show(answer)
    if refused:
        raise SystemExit(1)


def show(answer: Answer) -> None:
    """Print what came back, as the lines of a transcript."""
    if answer.status != 200:
        click.echo(f"! {answer.status} {answer.content.decode(errors='replace').strip()}")
    for message in answer.messages:
        to = f"(to {message.to}) " if message.to else ""
        click.echo(f"< {to}{message.body}")
        for url in message.media_urls:
            click.echo(f"< [{url}]")
