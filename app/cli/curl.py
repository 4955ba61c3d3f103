import click

from app.cli.called import pairs
from app.cli.credentials import auth_token, webhook
from app.cli.numbers import numbers
from app.cli.utf8 import UTF8
from app.phone.curl import FORM, GET, JSON
from app.phone.curl import curl as curl_command
from app.phone.parameters import inbound
from app.phone.signing import sign as signature_of


@click.command()
@click.argument("flow")
@numbers
@click.option("--body", type=UTF8, default="hi", show_default=True, help="What is texted.")
@click.option("--get", "kind", flag_value=GET, help="A GET with the parameters in its URL.")
@click.option("--json", "kind", flag_value=JSON, help="JSON, its bodySHA256 in the URL.")
@click.option("--cookie", default="", help="What the last answer set: parley=…")
@click.option("--url", help="The server's URL, instead of PUBLIC_URL.")
def curl(
    flow: str, from_: str, to: str, body: str, kind: str | None, cookie: str, url: str | None
) -> None:
    """Print a signed curl command that texts a flow, as a form unless told otherwise.

    \b
    Example:
      flask sms curl counter --from +15551230000 --body "hi" | sh
    """
    parameters = inbound(from_, to, body)
    try:
        click.echo(curl_command(webhook(flow, url), parameters, auth_token(), cookie, kind or FORM))
    except ValueError as error:
        raise click.ClickException(f"This text fits no command line: {error}.") from None


@click.command()
@click.argument("url")
@click.argument("parameters", nargs=-1, type=UTF8, metavar="[Name=value]...")
def sign(url: str, parameters: tuple[str, ...]) -> None:
    """Print the X-Twilio-Signature of a form to URL; of a GET where no parameters are given.

    \b
    Example:
      flask sms sign https://sms.example.com/sms/counter From=+15551230000 Body=hi
    """
    given = pairs(parameters)
    if len(dict(given)) != len(given):
        raise click.UsageError("A name may be given once only.")
    click.echo(signature_of(url, dict(given), auth_token()))
