import click

from parley.cli.credentials import environment
from parley.conversation import Flow, FlowError
from parley.discovery import DEFAULT, load_flows
from parley.settings.environment import Source


@click.command()
def flows() -> None:
    """List every flow: its URL, and its summary.

    \b
    Example:
      parley flows
    """
    public_url = Source(environment()).text("PUBLIC_URL").removesuffix("/")
    for name, flow in served_flows().items():
        click.echo(f"{public_url}/sms/{name}\n    {flow.summary}")
    if not public_url:
        click.echo("These are only paths, because PUBLIC_URL is not set.", err=True)


def served_flows() -> dict[str, Flow]:
    """Return the flows of FLOWS. Raises ClickException if they cannot be loaded."""
    try:
        return load_flows(Source(environment()).listed("FLOWS") or DEFAULT)
    except FlowError as error:
        raise click.ClickException(str(error)) from None
