from collections.abc import Iterator

import click

from parley.cli.credentials import environment
from parley.cli.flows import served_flows
from parley.routing.routes import Route, RoutesError, parse_routes, read_routes
from parley.settings.environment import Source


@click.command()
def routes() -> None:
    """Show which flow answers which number and keyword at POST /sms.

    \b
    Example:
      parley routes
    """
    file = Source(environment()).text("ROUTES_FILE")
    try:
        found = parse_routes(read_routes(file) if file else [], served_flows())
    except RoutesError as error:
        raise click.ClickException(str(error)) from None
    for route in found:
        for line in described(route, others=len(found) > 1):
            click.echo(line)


def described(route: Route, *, others: bool) -> Iterator[str]:
    """Yield the lines of one route; `others`: there are further routes."""
    everywhere = "every other number" if others else "every number"
    yield ", ".join(route.to) or route.service or everywhere
    for keyword, flow in route.keywords.items():
        yield f"  {keyword.upper()}: {flow}"
    yield f"  any other text: {route.default}"
    if route.hours:
        yield f"  open: {route.hours.written}"
