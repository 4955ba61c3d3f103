import click

from parley.cli.credentials import environment
from parley.conversation.masking import masked
from parley.loading import examine
from parley.settings import Settings, SettingsError
from parley.settings.declared import DeclaredSetting
from parley.settings.fingerprint import fingerprints
from parley.settings.settings_reference import example, markdown
from parley.twilio.url_spellings import without_password

FORMS = {"example": example, "markdown": markdown}


@click.command()
@click.option("--example", "form", flag_value="example", help="Print a file to copy from.")
@click.option("--markdown", "form", flag_value="markdown", help="Print a table of all settings.")
def settings(form: str | None) -> None:
    """Show the server's settings, with masked secrets, and every problem.

    Includes the settings that flows declare. Exit status 1 if there is a problem.

    \b
    Example:
      parley settings
      parley settings --example > .env.example
    """
    try:
        found, declared, problems = examine(environment())
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    if form:
        click.echo(FORMS[form](declared), nl=False)
        return
    for name, value in {**described(found), **described_of_flows(declared)}.items():
        click.echo(f"{name:28} {value}")
    if problems:
        click.echo("\nProblems:", err=True)
        for problem in problems:
            click.echo(f"- {problem}", err=True)
        raise SystemExit(1)


def described(settings: Settings) -> dict[str, str]:
    """Return every setting of the server by name; secrets as fingerprints."""
    accounts = ", ".join(map(_sid, settings.allowed_accounts))
    mine = settings.twilio_account
    return {
        "PARLEY_MODE": settings.mode,
        "PUBLIC_URL": without_password(settings.public_url) or "missing",
        "TWILIO_AUTH_TOKEN": _counted(settings.auth_tokens),
        "TWILIO_WEBHOOK_SHARED_KEY": _counted(settings.shared_keys),
        "TWILIO_ALLOWED_ACCOUNTS": accounts or "every account with a valid signature",
        "TWILIO_ACCOUNT_SID": _sid(mine.sid) if mine.sid else "none",
        "TWILIO_API_KEY": _sid(mine.api_key) if mine.api_key else "none",
        "TWILIO_API_SECRET": _counted((mine.api_secret,) if mine.api_secret else ()),
        "SESSION_SECRET": _counted(settings.session_secrets),
        "SESSION_COOKIE_NAME": settings.session_cookie_name,
        **_described_database(settings),
        "FLOWS": ", ".join(settings.flows),
        "ROUTES_FILE": settings.routes_file or "a menu of all flows",
        "STATUS_CALLBACKS": _switch(on=settings.status_callbacks),
        "RATE_LIMITS": _switch(on=settings.has_limits),
        "WEB_CONCURRENCY": str(settings.workers),
        "PORT": str(settings.port),
        "TIME_ZONE": str(settings.time_zone or "that of the machine"),
        "SCRIPT_LANGUAGE": settings.language,
        "LOG_FORMAT": settings.log_format,
        "EXPLAIN_REFUSALS": _switch(on=settings.explain_refusals),
        "METRICS_TOKEN": _counted(settings.metrics_tokens),
        "OTEL_EXPORTER_OTLP_ENDPOINT": without_password(settings.trace_endpoint) or "none",
        "OPT_OUT_WORDS": _switch(on=settings.opt_out_words),
        **_keyword_replies(settings),
        "BLOCKED_NUMBERS": str(len(settings.blocked_numbers) or "none"),
        "MEDIA_FOLDER": settings.media_folder or "none",
        "MEDIA_INBOX": settings.media_inbox or "none",
    }


def _described_database(settings: Settings) -> dict[str, str]:
    return {
        "DATABASE_URL": without_password(settings.database_url).partition("?")[0] or "none",
        "DATABASE_CONNECTIONS": str(settings.database_connections),
        "SENDING_NUMBER": masked(settings.sending_number) if settings.sending_number else "none",
        "SENDS_PER_SECOND": f"{settings.sends_per_second:g}",
        "QUIET_HOURS": "-".join(f"{each:%H:%M}" for each in settings.quiet_hours or ()) or "off",
        "LEAVE_DATABASE": _switch(on=settings.leaves_database),
        "KEEP_DAYS": str(settings.keep_days),
        "OPERATORS": f"{len(settings.operators)} numbers" if settings.operators else "none",
        "OPERATOR_HOURS": str(settings.operator_hours),
        "LIVE_TOKEN": _counted(settings.live_tokens),
        "LIVE_SHOWS_WORDS": _switch(on=settings.live_shows_words),
    }


def _keyword_replies(settings: Settings) -> dict[str, str]:
    replies = settings.keyword_replies.items()
    return {f"{keyword.upper()}_REPLY": text or "a sentence" for keyword, text in replies}


def described_of_flows(declared: list[DeclaredSetting]) -> dict[str, str]:
    """Return every setting that a flow declares, by name."""
    return {
        each.name: _counted((each.value,))
        if each.type.is_secret and isinstance(each.value, str)
        else each.shown(each.value) or "none"
        for each in sorted(declared, key=lambda each: each.name)
    }


def _switch(*, on: bool) -> str:
    return "on" if on else "off"


def _sid(sid: str) -> str:
    """Mask a SID as `AC01…ef`; hide anything shorter, which may be a misplaced secret."""
    return f"{sid[:4]}…{sid[-2:]}" if len(sid) == 34 else "…"


def _counted(secrets: tuple[str, ...]) -> str:
    told = [f"{fingerprints([secret])} of {len(secret)} characters" for secret in secrets]
    return f"{len(secrets)} given: {', '.join(told)}" if secrets else "none"
