import click

from parley.cli.credentials import environment
from parley.conversation import Flow, FlowError
from parley.discovery import DEFAULT, load_flows
from parley.settings.environment import Source


@click.command()
def flows() -> None:
    """List every flow: its URL, and what it does.

    \b
    Example:
      parley flows
    """
    public_url = Source(environment()).text("PUBLIC_URL").removesuffix("/")
    for name, flow in served_flows().items():
        click.echo(f"{public_url}/sms/{name}\n    {flow.summary}")
    if not public_url:
        click.echo("These are paths: PUBLIC_URL is not set, which comes before them.", err=True)


def served_flows() -> dict[str, Flow]:
    """The flows of FLOWS; raises ClickException if they cannot be loaded."""
    try:
        return load_flows(Source(environment()).listed("FLOWS") or DEFAULT)
    except FlowError as error:
        raise click.ClickException(str(error)) from None
