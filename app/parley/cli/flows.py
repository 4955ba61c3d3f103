import click

from app.cli.credentials import environment
from app.conversation import FlowError
from app.flows import residents
from app.settings.source import Source


@click.command()
def flows() -> None:
    """List every flow: its URL, and what it does.

    \b
    Example:
      flask sms flows
    """
    public_url = Source(environment()).text("PUBLIC_URL").removesuffix("/")
    try:
        found = residents()
    except FlowError as error:
        raise click.ClickException(str(error)) from None
    for name, flow in found.items():
        click.echo(f"{public_url}/sms/{name}\n    {flow.summary}")
    if not public_url:
        click.echo("These are paths: PUBLIC_URL is not set, which comes before them.", err=True)
