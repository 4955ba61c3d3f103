from typing import BinaryIO
from urllib.parse import urlencode

import click

from parley.cli.credentials import environment, keys
from parley.cli.options import UTF8, pairs
from parley.diagnosis.diagnosis import LONGEST, Diagnosis
from parley.diagnosis.refused_request import explain_refused, split
from parley.settings.environment import Source
from parley.twilio.parameters import FORM
from parley.twilio.signature import Received


@click.command()
@click.argument("url", type=UTF8)
@click.argument("parameters", nargs=-1, type=UTF8, metavar="[Name=value]...")
@click.option("--signature", required=True, help="The X-Twilio-Signature that was refused.")
@click.option("--signature-settings", default="", help="X-Twilio-Webhooks-Signature-Settings.")
@click.option("--body", type=click.File("rb"), help="The raw body instead; - for standard input.")
@click.option("--content-type", default=FORM, show_default=True, help="The raw body's type.")
@click.option("--get", is_flag=True, help="A GET: the parameters were in the query.")
def explain(
    url: str,
    parameters: tuple[str, ...],
    signature: str,
    signature_settings: str,
    body: BinaryIO | None,
    content_type: str,
    get: bool,  # noqa: FBT001  # click passes all by name
) -> None:
    """Explain why a signature was refused, and which setting to change.

    URL is the one that was called. PUBLIC_URL, auth tokens and SharedKeys come from the environment
    or from var/development.env. Exit status 1 when no cause is found.

    \b
    Example:
      parley explain https://sms.example.com/sms/counter --signature 0/KCTR6D… Body=hi
    """
    given = urlencode(pairs(parameters)).encode()
    if body and (given or get):
        raise click.UsageError("Give the parameters or --body; a GET has no body.")
    source = Source(environment())
    public_url = source.text("PUBLIC_URL").rstrip("/")
    try:
        called, target = split(url, public_url)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    raw = target.encode(errors="surrogateescape")
    if get and given:
        raw, given = raw + (b"&" if b"?" in raw else b"?") + given, b""
    content = body.read(LONGEST + 1) if body else given
    kind = content_type if body or content else ""
    received = Received(raw, kind, content, signature.strip(), signature_settings)
    diagnosis = diagnosed(received, source, public_url or called, called)
    click.echo(f"{diagnosis.cause}: {diagnosis.sentence}")
    if not diagnosis.found:
        raise SystemExit(1)


def diagnosed(received: Received, source: Source, public_url: str, called: str) -> Diagnosis:
    """Diagnose with the keys of these settings. Raises ClickException if they are not valid."""
    tokens, shared = keys(source, "TWILIO_AUTH_TOKEN", "TWILIO_WEBHOOK_SHARED_KEY")
    try:
        return explain_refused(
            received,
            public_url=public_url,
            auth_tokens=tokens,
            shared_keys=shared,
            called=called,
        )
    except ValueError as error:
        raise click.ClickException(f"PUBLIC_URL: {error}.") from None
