"""`parley funnel`: where people leave scripts."""

import shutil

import click

from parley.cli.credentials import environment
from parley.cli.urls import shown_url
from parley.funnel.counts import Funnel
from parley.funnel.drawing import drawn
from parley.funnel.reading import NotRead, add_lines, add_page
from parley.http_client import NotAnswered, NotConnected, Request, Timeouts, send
from parley.probe.client import described
from parley.settings.environment import Source

LARGEST_PAGE = 32_000_000
"""Maximum size of a metrics page in bytes."""


@click.command()
@click.argument("sources", nargs=-1)
@click.option("--flow", "only", help="Show this flow alone.")
def funnel(sources: tuple[str, ...], only: str | None) -> None:
    """Show where people leave scripts, question by question.

    SOURCES are logs in JSON (LOG_FORMAT=json), or the metrics of servers: files, - for standard
    input, or URLs, which are requested with METRICS_TOKEN from the environment. Several are added
    up.

    Silent are questions without an answer: not yet answered, or never, because there was no further
    text or the cookie was lost.

    \b
    Example:
      parley funnel https://sms.example.com/metrics
      docker compose logs --no-log-prefix parley | parley funnel -
    """
    if not sources:
        raise click.UsageError(
            "Name a log in JSON, or the metrics: a file, - for standard input, or a URL like "
            "https://sms.example.com/metrics."
        )
    found = Funnel()
    for source in sources:
        add(source, found)
    shown = {name: each for name, each in found.scripts.items() if each.has_events}
    if only is not None:
        if only not in shown:
            texted = ", ".join(shown) or "none"
            raise click.ClickException(f"There are no events of {only}. Scripts: {texted}.")
        shown = {only: shown[only]}
    if not shown:
        click.echo("There are no events of scripts yet.")
    width = shutil.get_terminal_size().columns
    for number, (name, script) in enumerate(shown.items()):
        for line in [*([""] if number else []), *drawn(name, script, width)]:
            click.echo(line)


def add(source: str, found: Funnel) -> None:
    """Add the events of a file, standard input or a URL. Raises ClickException."""
    name = "Standard input" if source == "-" else shown_url(source)
    try:
        if source.startswith(("http://", "https://")):
            add_page(page_at(source), found)
        else:
            with click.open_file(source, encoding="utf-8", errors="replace") as lines:
                add_lines(lines, found)
    except OSError as error:
        raise click.ClickException(f"{name} cannot be read: {error.strerror}.") from None
    except NotRead as error:
        raise click.ClickException(f"{name} {error}.") from None


def page_at(url: str) -> str:
    """Return the metrics of a server. Raises ClickException."""
    source = Source(environment())
    tokens = source.secrets("METRICS_TOKEN")
    if source.problems:
        raise click.ClickException(" ".join(source.problems))
    if not tokens:
        raise click.ClickException(
            "METRICS_TOKEN is not set: set it to the token of that server's metrics, or "
            "METRICS_TOKEN_FILE to a file with it."
        )
    request = Request("GET", url, {"Authorization": f"Bearer {tokens[0]}"})
    try:
        response = send(request, Timeouts(), LARGEST_PAGE + 1)
    except (NotConnected, NotAnswered) as error:
        raise click.ClickException(f"{error}.") from None
    if response.status == 403:
        raise click.ClickException(
            "The server refuses (403): it has another METRICS_TOKEN or none, or the URL is not "
            "that of the metrics, which ends with /metrics."
        )
    if response.status != 200:
        raise click.ClickException(f"These are not metrics: {described(response)}.")
    return response.content.decode(errors="replace")
