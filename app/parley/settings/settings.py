"""Settings: read once, checked together, frozen."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from parley.settings.catalogue import NAMES
from parley.settings.database import database_url
from parley.settings.declared import DeclaredSettings
from parley.settings.development import DEVELOPMENT_FILE, filled_up, read_development_file
from parley.settings.environment import SettingsError, Source
from parley.settings.operating import KEEP_DAYS, operating
from parley.settings.sending import Hours, quiet_hours, sending_number, sends_per_second
from parley.settings.twilio_account import TwilioAccount, twilio_account
from parley.settings.validation import problems

KEYWORDS = ("stop", "help", "start")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a server; its repr contains no secret.

    Secrets are newest first. `workers` are processes. `flows` are modules and folders.
    `routes_file` assigns flows to numbers. `environ` is for the settings that flows declare, which
    are read once the flows are loaded. `time_zone` is None for that of the machine.
    """

    mode: str
    public_url: str = field(repr=False)  # may hold a password
    workers: int
    port: int
    log_format: str
    explain_refusals: bool
    opt_out_words: bool
    time_zone: tzinfo | None
    language: str
    session_cookie_name: str
    flows: tuple[str, ...]
    routes_file: str
    has_limits: bool
    status_callbacks: bool
    keyword_replies: Mapping[str, str]
    """The replies to `stop`, `help` and `start` if Twilio sends none; empty for the default."""
    blocked_numbers: tuple[str, ...] = field(repr=False)
    environ: Mapping[str, str] = field(repr=False)
    auth_tokens: tuple[str, ...] = field(repr=False)
    shared_keys: tuple[str, ...] = field(repr=False)
    session_secrets: tuple[str, ...] = field(repr=False)
    allowed_accounts: tuple[str, ...] = field(repr=False)
    metrics_tokens: tuple[str, ...] = field(repr=False)
    operators: tuple[str, ...] = field(repr=False)
    """Numbers of operators, who can answer instead of a flow."""
    live_tokens: tuple[str, ...] = field(repr=False)
    twilio_account: TwilioAccount = field(repr=False)
    """For the commands and services that call Twilio."""
    trace_endpoint: str = field(default="", repr=False)  # may hold a password
    media_folder: str = ""
    media_inbox: str = ""
    database_url: str = field(default="", repr=False)  # holds a password
    database_connections: int = 8
    sending_number: str = field(default="", repr=False)
    sends_per_second: float = 1.0
    quiet_hours: Hours | None = None
    leaves_database: bool = False
    operator_hours: int = 4
    live_shows_words: bool = False
    keep_days: int = KEEP_DAYS
    """Days after which texts are erased from the database."""

    @property
    def is_development(self) -> bool:
        return self.mode == "development"

    @property
    def has_metrics(self) -> bool:
        return bool(self.metrics_tokens)

    def declared(self) -> DeclaredSettings:
        """Return a reader of the settings that flows declare; it collects their problems."""
        return DeclaredSettings(self.environ, taken=NAMES)

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Load the settings from the environment.

        In development, missing ones are read from `var/development.env` in the current folder.
        Raises SettingsError with every problem.
        """
        settings, found = cls.examine(os.environ if environ is None else environ)
        if found:
            raise SettingsError(found)
        return settings

    @classmethod
    def examine(cls, environ: Mapping[str, str]) -> "tuple[Settings, list[str]]":
        """Return the settings as far as they can be read, and their problems."""
        given = dict(environ)
        if given.get("PARLEY_MODE", "").strip() == "development":
            given = filled_up(given, read_development_file(DEVELOPMENT_FILE))
        source = Source(given)
        return cls._read(source), source.problems

    @classmethod
    def _read(cls, source: Source) -> "Settings":
        mode = source.chosen("PARLEY_MODE", "production", "development")
        settings = cls(
            mode=mode,
            public_url=source.text("PUBLIC_URL").removesuffix("/"),
            workers=source.count("WEB_CONCURRENCY", _default_workers(mode), 64),
            port=source.count("PORT", 8_000, 65_535),
            log_format=source.chosen("LOG_FORMAT", "text", "json"),
            explain_refusals=source.switch("EXPLAIN_REFUSALS", on=mode == "development"),
            opt_out_words=source.switch("OPT_OUT_WORDS"),
            time_zone=source.time_zone(),
            language=source.text("SCRIPT_LANGUAGE", "en"),
            session_cookie_name=source.text("SESSION_COOKIE_NAME", "parley"),
            flows=source.listed("FLOWS") or ("flows",),
            status_callbacks=source.switch("STATUS_CALLBACKS", on=False),
            keyword_replies={word: source.text(f"{word.upper()}_REPLY") for word in KEYWORDS},
            blocked_numbers=source.addresses("BLOCKED_NUMBERS"),
            has_limits=source.switch("RATE_LIMITS"),
            routes_file=source.text("ROUTES_FILE"),
            environ=source.environ,
            auth_tokens=source.secrets("TWILIO_AUTH_TOKEN"),
            shared_keys=source.secrets("TWILIO_WEBHOOK_SHARED_KEY"),
            session_secrets=source.secrets("SESSION_SECRET"),
            allowed_accounts=source.listed("TWILIO_ALLOWED_ACCOUNTS"),
            metrics_tokens=source.secrets("METRICS_TOKEN"),
            **operating(source),
            twilio_account=twilio_account(source),
            trace_endpoint=source.text("OTEL_EXPORTER_OTLP_ENDPOINT"),
            media_folder=source.folder("MEDIA_FOLDER"),
            media_inbox=source.folder("MEDIA_INBOX", is_written=True),
            database_url=database_url(source),
            database_connections=source.count("DATABASE_CONNECTIONS", 8, 100),
            sending_number=sending_number(source),
            sends_per_second=sends_per_second(source),
            quiet_hours=quiet_hours(source),
            leaves_database=source.switch("LEAVE_DATABASE", on=False),
        )
        source.problems += settings._problems()
        return settings

    def _problems(self) -> list[str]:
        return problems(
            mode=self.mode,
            url=self.public_url,
            workers=self.workers,
            keys=(self.auth_tokens, self.shared_keys),
            secrets=self.session_secrets,
            accounts=self.allowed_accounts,
            tokens=self.metrics_tokens,
            cookie_name=self.session_cookie_name,
            trace_endpoint=self.trace_endpoint,
        )


def _default_workers(mode: str) -> int:
    if mode == "development":
        return 1
    return min(2 * (os.cpu_count() or 1), 8)
