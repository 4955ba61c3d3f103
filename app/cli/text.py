import click

from app.cli.credentials import auth_token, webhook
from app.phone.answers import Answer
from app.phone.delivery import NotDelivered, Phone

MY_NUMBER = "+12025550123"
THE_APPS_NUMBER = "+12025550199"


@click.command()
@click.argument("flow")
@click.argument("texts", nargs=-1, required=True)
def text(flow: str, texts: tuple[str, ...]) -> None:
    """Hold a conversation with a running server, and print it.

    Every text is signed and sent over HTTP as Twilio would, the cookie kept between them.

    \b
    Example:
      flask sms text counter "hi" "hi again"
    """
    phone = Phone(webhook(flow, None), auth_token(), MY_NUMBER, THE_APPS_NUMBER)
    refused = False
    for body in texts:
        click.echo(f"> {body}")
        try:
            answer = phone.text(body)
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
