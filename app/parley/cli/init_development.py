import click

from parley.settings import DEVELOPMENT_FILE, write_development_file


@click.command()
def init() -> None:
    """Write var/development.env with fresh secrets, unless it is there.

    \b
    Example:
      parley init
    """
    if write_development_file():
        click.echo(f"Wrote {DEVELOPMENT_FILE}: this machine's development settings.")
