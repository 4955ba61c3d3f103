"""What can be wrong with settings that were read, and what to do about it."""

import re

from app.settings import public_url

SHORTEST_SECRET = 32
"""Characters of a session secret, and of a token of the metrics."""

_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
_BEARER = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # RFC 6750, 2.1
_MAKE_ONE = "make one with python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"

Values = tuple[str, ...]


def problems(
    *,
    mode: str,
    url: str,
    workers: int,
    threads: int,
    keys: tuple[Values, Values],
    secrets: Values,
    accounts: Values,
    tokens: Values,
) -> list[str]:
    """A sentence for each; `keys` are the auth tokens and the SharedKeys, `tokens` those of the
    metrics."""
    found = [
        public_url.problem(url, mode),
        _keys(*keys),
        _secrets(secrets),
        _tokens(tokens),
        _accounts(accounts),
        _workers(workers, threads, mode),
    ]
    return [problem for problem in found if problem]


def _keys(auth_tokens: Values, shared_keys: Values) -> str | None:
    if not auth_tokens and not shared_keys:
        return (
            "TWILIO_AUTH_TOKEN is missing: set it to the auth token of the account that owns the "
            "number (Twilio Console, Account Info)."
        )
    if any(_ACCOUNT.fullmatch(token) for token in auth_tokens):
        return "TWILIO_AUTH_TOKEN holds an account SID (AC…): set the auth token beside it instead."
    return None


def _secrets(secrets: Values) -> str | None:
    if not secrets:
        return f"SESSION_SECRET is missing: {_MAKE_ONE}."
    return _too_short("SESSION_SECRET", secrets)


def _tokens(tokens: Values) -> str | None:
    if not all(_BEARER.fullmatch(token) for token in tokens):
        return f"METRICS_TOKEN holds a character that no bearer token may have: {_MAKE_ONE}."
    return _too_short("METRICS_TOKEN", tokens)


def _too_short(name: str, secrets: Values) -> str | None:
    shortest = min((len(secret) for secret in secrets), default=SHORTEST_SECRET)
    if shortest >= SHORTEST_SECRET:
        return None
    return (
        f"{name} has {shortest} characters in its shortest secret, at least "
        f"{SHORTEST_SECRET} are needed: {_MAKE_ONE}."
    )


def _accounts(accounts: Values) -> str | None:
    if all(_ACCOUNT.fullmatch(account) for account in accounts):
        return None
    return (
        "TWILIO_ALLOWED_ACCOUNTS holds something else than account SIDs: "
        "write AC and 32 hexadecimal digits each, separated by commas."
    )


def _workers(workers: int, threads: int, mode: str) -> str | None:
    if mode != "development":
        return None
    if workers != 1:
        return "WEB_CONCURRENCY must be 1 in development: the phone keeps its cookies in memory."
    if threads < 2:
        return "WEB_THREADS must be at least 2 in development: the phone texts its own server."
    return None
