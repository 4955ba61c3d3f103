import click

from app.settings import DEVELOPMENT_FILE, write_development_file


@click.command()
def init() -> None:
    """Write var/development.env with fresh secrets, unless it is there.

    \b
    Example:
      flask sms init
    """
    if write_development_file():
        click.echo(f"Wrote {DEVELOPMENT_FILE}: this machine's development settings.")
