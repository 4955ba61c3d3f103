import click

from parley.cli.credentials import auth_token, environment
from parley.cli.urls import public_url
from parley.conversation import FlowError
from parley.settings import Settings, SettingsError


@click.command()
@click.argument("flows", nargs=-1)
@click.option("--url", help="The server's URL, instead of PUBLIC_URL.")
@click.option(
    "--port",
    type=click.IntRange(1, 65_535),
    default=8_001,
    show_default=True,
    help="Where to open the page, on this machine.",
)
def phone(flows: tuple[str, ...], url: str | None, port: int) -> None:
    """Open the simulated phone in the browser for a deployed server.

    The page is served only on this machine. Its texts go to PUBLIC_URL, signed with
    TWILIO_AUTH_TOKEN like Twilio's. FLOWS are names of flows; the default are those of the project
    in this folder. With SESSION_SECRET, the page also shows the session.

    \b
    Example:
      parley phone --url https://sms.example.com
    """
    from parley.web.remote_phone import HOST, make_local_server, make_remote_phone

    environ = {**environment(url), "PUBLIC_URL": public_url(url)}
    environ.pop("PARLEY_MODE", None)
    auth_token()  # raises an error with the next step if it is missing
    settings, _ = Settings.examine(environ)
    page_url = f"http://{HOST}:{port}"
    try:
        app, remote = make_remote_phone(settings, page_url, flows)
    except (FlowError, SettingsError) as error:
        raise click.ClickException(
            f"{str(error).rstrip('.')}. Name the flows of the server: `parley phone counter`."
        ) from None
    server = make_local_server(app, port)
    click.echo(f"The phone for {remote.host} is at {page_url}/phone/ (Ctrl-C ends it).")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
