from typing import BinaryIO
from urllib.parse import urlencode

import click

from app.cli.called import pairs, split
from app.cli.credentials import environment, keys
from app.cli.utf8 import UTF8
from app.settings.source import Source
from app.wire.diagnosis import LONGEST, Diagnosis
from app.wire.diagnosis import explain as explanation_of
from app.wire.parameters import FORM
from app.wire.signature import Received


@click.command()
@click.argument("url", type=UTF8)
@click.argument("parameters", nargs=-1, type=UTF8, metavar="[Name=value]...")
@click.option("--signature", required=True, help="The X-Twilio-Signature that was refused.")
@click.option("--signature-settings", default="", help="X-Twilio-Webhooks-Signature-Settings.")
@click.option("--body", type=click.File("rb"), help="The raw body instead; - for standard input.")
@click.option("--content-type", default=FORM, show_default=True, help="That of the raw body.")
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
    """Say why a signature was refused, and which setting to change.

    URL is what was called. PUBLIC_URL, auth tokens and SharedKeys come from the environment or from
    var/development.env. Exit status 1 when no cause is found.

    \b
    Example:
      flask sms explain https://sms.example.com/sms/counter --signature 0/KCTR6D… Body=hi
    """
    given = urlencode(pairs(parameters)).encode()
    if body and (given or get):
        raise click.UsageError("Give the parameters or --body; a GET has no body.")
    source = Source(environment())
    public_url = source.text("PUBLIC_URL").rstrip("/")
    called, target = split(url, public_url)
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
    """The diagnosis with the keys of these settings; a sentence where they are none or wrong."""
    tokens, shared = keys(source, "TWILIO_AUTH_TOKEN", "TWILIO_WEBHOOK_SHARED_KEY")
    try:
        return explanation_of(
            received,
            public_url=public_url,
            auth_tokens=tokens,
            shared_keys=shared,
            called=called,
        )
    except ValueError as error:
        raise click.ClickException(f"PUBLIC_URL: {error}.") from None
