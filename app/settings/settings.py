"""Settings: read once, checked together, frozen."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.settings.development import DEVELOPMENT_FILE, filled_up, read_development_file
from app.settings.of_flows import flow_settings
from app.settings.of_twilio import TwilioAccount, twilio_account
from app.settings.problems import problems
from app.settings.source import SettingsError, Source


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the server runs with; no secret is in its repr.

    Secrets are given newest first. `workers` are processes, `threads` those of each. `metrics_port`
    is 0 where there is none. `of_flows` are the settings that flows may ask for by name; one that
    is not set is None.
    """

    mode: str
    public_url: str = field(repr=False)  # may hold a password
    workers: int
    threads: int
    log_format: str
    explain_refusals: bool
    opt_out_words: bool
    metrics_port: int
    of_flows: Mapping[str, Any] = field(repr=False)
    auth_tokens: tuple[str, ...] = field(repr=False)
    shared_keys: tuple[str, ...] = field(repr=False)
    session_secrets: tuple[str, ...] = field(repr=False)
    allowed_accounts: tuple[str, ...] = field(repr=False)
    metrics_tokens: tuple[str, ...] = field(repr=False)
    twilio_account: TwilioAccount = field(repr=False)
    """For the commands that call Twilio; the server has no use for it."""

    @property
    def is_development(self) -> bool:
        return self.mode == "development"

    @property
    def has_metrics(self) -> bool:
        return bool(self.metrics_tokens or self.metrics_port)

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """The settings in the environment; in development, what it leaves out is taken from
        `var/development.env` in the current folder. Raises SettingsError with every problem.
        """
        settings, found = cls.examine(os.environ if environ is None else environ)
        if found:
            raise SettingsError(found)
        return settings

    @classmethod
    def examine(cls, environ: Mapping[str, str]) -> "tuple[Settings, list[str]]":
        """The settings as far as they can be read, and what is wrong with them."""
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
            threads=source.count("WEB_THREADS", 8, 64),
            log_format=source.chosen("LOG_FORMAT", "text", "json"),
            explain_refusals=source.switch("EXPLAIN_REFUSALS", on=mode == "development"),
            opt_out_words=source.switch("OPT_OUT_WORDS"),
            metrics_port=source.port("METRICS_PORT"),
            of_flows=flow_settings(source),
            auth_tokens=source.secrets("TWILIO_AUTH_TOKEN"),
            shared_keys=source.secrets("TWILIO_WEBHOOK_SHARED_KEY"),
            session_secrets=source.secrets("SESSION_SECRET"),
            allowed_accounts=source.listed("TWILIO_ALLOWED_ACCOUNTS"),
            metrics_tokens=source.secrets("METRICS_TOKEN"),
            twilio_account=twilio_account(source),
        )
        source.problems.extend(
            problems(
                mode=mode,
                url=settings.public_url,
                workers=settings.workers,
                threads=settings.threads,
                keys=(settings.auth_tokens, settings.shared_keys),
                secrets=settings.session_secrets,
                accounts=settings.allowed_accounts,
                tokens=settings.metrics_tokens,
            )
        )
        return settings


def _default_workers(mode: str) -> int:
    if mode == "development":
        return 1
    return min(2 * (os.cpu_count() or 1), 8)
