from typing import IO

import click

from parley.cli.credentials import auth_token
from parley.cli.options import UTF8, numbers, pairs
from parley.cli.urls import webhook
from parley.simulator.curl import curl as curl_command
from parley.simulator.curl import curl_json
from parley.simulator.parameters import inbound
from parley.simulator.signed_text import FORM, GET, JSON
from parley.simulator.signing import sign as signature_of
from parley.simulator.signing import with_body_hash
from parley.twilio.parameters import UnreadableBody, read_json

MESSAGE = "(the message)"
"""The value of `--json` without a file."""


@click.command()
@click.argument("flow")
@numbers
@click.option("--body", type=UTF8, default="hi", show_default=True, help="The text.")
@click.option("--get", is_flag=True, help="Send a GET with the parameters in its URL.")
@click.option(
    "--json",
    "json",
    is_flag=False,
    flag_value=MESSAGE,
    metavar="[FILE]",
    help="Send JSON with its bodySHA256 in the URL: the message, or what FILE contains.",
)
@click.option("--cookie", default="", help="What the last response set: parley=…")
@click.option("--url", help="The server's URL, instead of PUBLIC_URL.")
def curl(
    flow: str,
    from_: str,
    to: str,
    body: str,
    get: bool,  # noqa: FBT001  # click passes all by name
    json: str | None,
    cookie: str,
    url: str | None,
) -> None:
    """Print a signed curl command that texts a flow, by default with a form.

    \b
    Example:
      parley curl counter --from +15551230000 --body "hi" | sh
      parley curl counter --json message.json | sh
    """
    if get and json is not None:
        raise click.UsageError("A GET has no body: give --get or --json.")
    called, token = webhook(flow, url), auth_token()
    try:
        if json in (None, MESSAGE):
            kind = GET if get else JSON if json else FORM
            click.echo(curl_command(called, inbound(from_, to, body), token, cookie, kind))
        else:
            with click.open_file(json, "rb") as file:
                click.echo(curl_json(called, json_of(file), token, cookie))
    except OSError as error:
        raise click.ClickException(f"{json} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise click.ClickException(f"This text is not valid in a command line: {error}.") from None


@click.command()
@click.argument("url")
@click.argument("parameters", nargs=-1, type=UTF8, metavar="[Name=value]...")
@click.option("--json", type=click.File("rb"), help="Sign this JSON body; - is standard input.")
def sign(url: str, parameters: tuple[str, ...], json: IO[bytes] | None) -> None:
    """Print the X-Twilio-Signature of a form that is sent to URL, or of a GET of URL.

    Without parameters it is that of a GET. With --json it prints two lines: the URL to call, with
    the bodySHA256 of the body, and the signature of that URL.

    \b
    Example:
      parley sign https://sms.example.com/sms/counter From=+15551230000 Body=hi
      parley sign https://sms.example.com/sms/counter --json message.json
    """
    given = pairs(parameters)
    if len(dict(given)) != len(given):
        raise click.UsageError("A name may be given once only.")
    if json and given:
        raise click.UsageError("Give the parameters or --json, not both.")
    if json:
        url = with_body_hash(url, json_of(json).encode())
        click.echo(url)
    click.echo(signature_of(url, dict(given), auth_token()))


def json_of(file: IO[bytes]) -> str:
    """Return the text of a JSON file. Raises ClickException if the server would reject it."""
    content = file.read()
    try:
        read_json(content)
    except UnreadableBody as error:
        raise click.ClickException(f"{file.name}: {error}.") from None
    return content.decode()
