import click

from parley.cli.credentials import environment
from parley.settings import Settings
from parley.web.live_access import LINK_SECONDS, LiveAccess


@click.command()
def live() -> None:
    """Print a link to the live page of the server, for ten minutes.

    The page shows turns as they happen, open conversations, due messages, and failures, with masked
    numbers. Anyone who opens the link can use it for twelve hours. LIVE_TOKEN and PUBLIC_URL must
    be those of the server.

    \b
    Example:
      parley live
    """
    settings, _ = Settings.examine(environment())
    if not settings.live_tokens or not settings.public_url:
        raise click.ClickException(
            "LIVE_TOKEN or PUBLIC_URL is not set: set both as the server has them."
        )
    click.echo(LiveAccess(settings.live_tokens, settings.public_url).link())
    click.echo(f"The link is valid for {LINK_SECONDS // 60} minutes.", err=True)
