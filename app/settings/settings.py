"""Settings: read once, checked together, frozen."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.settings import public_url
from app.settings.development import DEVELOPMENT_FILE, read_development_file
from app.settings.source import SettingsError, Source

SHORTEST_SECRET = 32
_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the server runs with; no secret is in its repr.

    Secrets are given newest first. `workers` are processes, `threads` those of each.
    """

    mode: str
    public_url: str = field(repr=False)  # may hold a password
    workers: int
    threads: int
    auth_tokens: tuple[str, ...] = field(repr=False)
    shared_keys: tuple[str, ...] = field(repr=False)
    session_secrets: tuple[str, ...] = field(repr=False)
    allowed_accounts: tuple[str, ...] = field(repr=False)

    @property
    def is_development(self) -> bool:
        return self.mode == "development"

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """The settings in the environment; in development, what it leaves out is taken from
        `var/development.env` in the current folder. Raises SettingsError with every problem.
        """
        given = dict(os.environ if environ is None else environ)
        if given.get("PARLEY_MODE", "").strip() == "development":
            given = {**read_development_file(DEVELOPMENT_FILE), **given}
        source = Source(given)
        settings = cls._read(source)
        if source.problems:
            raise SettingsError(source.problems)
        return settings

    @classmethod
    def _read(cls, source: Source) -> "Settings":
        mode = source.chosen("PARLEY_MODE", "production", "development")
        settings = cls(
            mode=mode,
            public_url=source.text("PUBLIC_URL").removesuffix("/"),
            workers=source.count("WEB_CONCURRENCY", _default_workers(mode), 64),
            threads=source.count("WEB_THREADS", 8, 64),
            auth_tokens=source.secrets("TWILIO_AUTH_TOKEN"),
            shared_keys=source.secrets("TWILIO_WEBHOOK_SHARED_KEY"),
            session_secrets=source.secrets("SESSION_SECRET"),
            allowed_accounts=source.listed("TWILIO_ALLOWED_ACCOUNTS"),
        )
        source.problems.extend(_problems(settings))
        return settings


def _default_workers(mode: str) -> int:
    if mode == "development":
        return 1
    return min(2 * (os.cpu_count() or 1), 8)


def _problems(settings: Settings) -> list[str]:
    problems = [public_url.problem(settings.public_url, settings.mode)]
    problems.append(_key_problem(settings))
    problems.append(_secret_problem(settings.session_secrets))
    if not all(_ACCOUNT.fullmatch(account) for account in settings.allowed_accounts):
        problems.append(
            "TWILIO_ALLOWED_ACCOUNTS holds something else than account SIDs: "
            "write AC and 32 hexadecimal digits each, separated by commas."
        )
    if settings.is_development and settings.workers != 1:
        problems.append("WEB_CONCURRENCY must be 1 in development: more threads do as well.")
    return [problem for problem in problems if problem]


def _key_problem(settings: Settings) -> str | None:
    if not settings.auth_tokens and not settings.shared_keys:
        return (
            "TWILIO_AUTH_TOKEN is missing: set it to the auth token of the account that owns the "
            "number (Twilio Console, Account Info)."
        )
    if any(_ACCOUNT.fullmatch(token) for token in settings.auth_tokens):
        return "TWILIO_AUTH_TOKEN holds an account SID (AC…): set the auth token beside it instead."
    return None


def _secret_problem(secrets: tuple[str, ...]) -> str | None:
    make_one = "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
    if not secrets:
        return f"SESSION_SECRET is missing: make one with {make_one}."
    shortest = min(len(secret) for secret in secrets)
    if shortest < SHORTEST_SECRET:
        return (
            f"SESSION_SECRET has {shortest} characters in its shortest secret, at least "
            f"{SHORTEST_SECRET} are needed: make one with {make_one}."
        )
    return None
