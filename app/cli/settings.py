import click

from app.cli.credentials import environment
from app.conversation.address import masked
from app.settings import Settings, SettingsError
from app.settings.fingerprint import fingerprints
from app.wire.public_url import shown


@click.command()
def settings() -> None:
    """Show what the server would run with, its secrets masked, and every problem.

    Exit status 1 when there is one.

    \b
    Example:
      flask sms settings
    """
    try:
        found, problems = Settings.examine(environment())
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    for name, value in described(found).items():
        click.echo(f"{name:26} {value}")
    if problems:
        click.echo("\nProblems:", err=True)
        for problem in problems:
            click.echo(f"- {problem}", err=True)
        raise SystemExit(1)


def described(settings: Settings) -> dict[str, str]:
    """Every setting by its name in the environment; secrets by their fingerprints."""
    forward_to = settings.of_flows["forward_to"]
    opens, closes = settings.of_flows["appointment_hours"]
    accounts = ", ".join(map(_sid, settings.allowed_accounts))
    mine = settings.twilio_account
    return {
        "PARLEY_MODE": settings.mode,
        "PUBLIC_URL": shown(settings.public_url) or "missing",
        "TWILIO_AUTH_TOKEN": _counted(settings.auth_tokens),
        "TWILIO_WEBHOOK_SHARED_KEY": _counted(settings.shared_keys),
        "TWILIO_ALLOWED_ACCOUNTS": accounts or "all that sign rightly",
        "TWILIO_ACCOUNT_SID": _sid(mine.sid) if mine.sid else "none",
        "TWILIO_API_KEY": _sid(mine.api_key) if mine.api_key else "none",
        "TWILIO_API_SECRET": _counted((mine.api_secret,) if mine.api_secret else ()),
        "SESSION_SECRET": _counted(settings.session_secrets),
        "WEB_CONCURRENCY": str(settings.workers),
        "WEB_THREADS": str(settings.threads),
        "LOG_FORMAT": settings.log_format,
        "EXPLAIN_REFUSALS": "on" if settings.explain_refusals else "off",
        "METRICS_TOKEN": _counted(settings.metrics_tokens),
        "METRICS_PORT": str(settings.metrics_port or "none"),
        "OPT_OUT_WORDS": "on" if settings.opt_out_words else "off",
        "APPOINTMENT_HOURS": "{}:{:02}-{}:{:02}".format(*divmod(opens, 60), *divmod(closes, 60)),
        "DIRECTORY_FILE": settings.of_flows["directory_file"],
        "FORWARD_TO": masked(forward_to) if forward_to else "none",
        "FORWARD_REPLIES": "on" if settings.of_flows["forward_replies"] else "off",
        "MMS_SOURCE_URL": shown(settings.of_flows["mms_source_url"]).partition("?")[0],
    }


def _sid(sid: str) -> str:
    """`AC01…ef`; of anything shorter than a SID, which may be a secret by mistake, nothing."""
    return f"{sid[:4]}…{sid[-2:]}" if len(sid) == 34 else "…"


def _counted(secrets: tuple[str, ...]) -> str:
    told = [f"{fingerprints([secret])} of {len(secret)} characters" for secret in secrets]
    return f"{len(secrets)} given: {', '.join(told)}" if secrets else "none"
