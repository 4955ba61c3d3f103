"""Validation of settings; each problem says what to do."""

import re
from urllib.parse import urlsplit

from parley.loopback import is_loopback
from parley.settings.types import is_url

EXAMPLE = "https://sms.example.com"
SHORTEST_SECRET = 32
"""Minimum length of a session secret, and of a token, in characters."""

_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
_API_KEY = re.compile(r"SK[0-9a-fA-F]{32}")
_BEARER = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # RFC 6750, 2.1
_COOKIE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MAKE_ONE = "make one with python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"

Values = tuple[str, ...]


def problems(
    *,
    mode: str,
    url: str,
    workers: int,
    keys: tuple[Values, Values],
    secrets: Values,
    accounts: Values,
    tokens: Values,
    cookie_name: str,
    trace_endpoint: str,
) -> list[str]:
    """Yield a sentence for each problem.

    `keys` are the auth tokens and the SharedKeys, `tokens` those of the metrics.
    """
    found = [
        public_url_problem(url, mode),
        _keys(*keys),
        _secrets(secrets),
        tokens_problem("METRICS_TOKEN", tokens),
        _accounts(accounts),
        _workers(workers, mode),
        _cookie_name(cookie_name),
        _trace_endpoint(trace_endpoint),
    ]
    return [problem for problem in found if problem]


def public_url_problem(url: str, mode: str) -> str | None:
    """Return the problem of PUBLIC_URL in this mode, with what to do; None if it is valid."""
    if not url:
        return f"PUBLIC_URL is missing: set it to the URL that Twilio calls, like {EXAMPLE}."
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:  # its message has parts of the URL, which may contain a password
        return f"PUBLIC_URL has an invalid host or port: write it like {EXAMPLE}."
    if not url.startswith(("https://", "http://")) or not host:
        return f"PUBLIC_URL must begin with https:// in lower case and name a host, like {EXAMPLE}."
    if port == 0 or parts.netloc.endswith(":"):
        return "PUBLIC_URL has no port after its colon: write a number from 1 to 65535."
    if any(character.isspace() or not character.isprintable() for character in url):
        return "PUBLIC_URL contains white space or a control character: remove it."
    if "?" in url or "#" in url:
        return "PUBLIC_URL contains a query or a fragment: write it without the path of a flow."
    if mode == "development" and not is_loopback(host):
        return (
            "PUBLIC_URL must name this machine in development, like http://127.0.0.1:8000; "
            "to be reached from outside, set PARLEY_MODE=production."
        )
    if mode == "production" and parts.scheme != "https":
        return (
            "PUBLIC_URL must begin with https:// in production: Twilio's signature does not cover "
            "cookies, so they are trusted only over https."
        )
    return None


def _keys(auth_tokens: Values, shared_keys: Values) -> str | None:
    if not auth_tokens and not shared_keys:
        return (
            "TWILIO_AUTH_TOKEN is missing: set it to the auth token of the account that owns the "
            "number (Twilio Console, Account Info)."
        )
    if any(_ACCOUNT.fullmatch(token) for token in auth_tokens):
        return "TWILIO_AUTH_TOKEN is an account SID (AC…): set the auth token beside it instead."
    if any(_API_KEY.fullmatch(token) for token in auth_tokens):
        return (
            "TWILIO_AUTH_TOKEN is the SID of an API key (SK…), which signs no webhooks: set the "
            "auth token of the account instead (Twilio Console, Account Info)."
        )
    return None


def _secrets(secrets: Values) -> str | None:
    if not secrets:
        return f"SESSION_SECRET is missing: {_MAKE_ONE}."
    return _too_short("SESSION_SECRET", secrets)


def tokens_problem(name: str, tokens: Values) -> str | None:
    """Return the problem of a setting's tokens, with what to do; None if they are valid."""
    if not all(_BEARER.fullmatch(token) for token in tokens):
        return f"{name} contains a character that is not valid in a bearer token: {_MAKE_ONE}."
    return _too_short(name, tokens)


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
        "TWILIO_ALLOWED_ACCOUNTS contains an entry that is not an account SID: "
        "write AC and 32 hexadecimal digits each, separated by commas."
    )


def _workers(workers: int, mode: str) -> str | None:
    if mode != "development":
        return None
    if workers != 1:
        return "WEB_CONCURRENCY must be 1 in development: the phone keeps its cookies in memory."
    return None


def _cookie_name(name: str) -> str | None:
    if _COOKIE_NAME.fullmatch(name):
        return None
    return (
        f"SESSION_COOKIE_NAME is {name!r}: use 1 to 64 letters, digits, hyphens and underscores, "
        "such as __session."
    )


def _trace_endpoint(url: str) -> str | None:
    if not url or is_url(url):
        return None
    return (
        "OTEL_EXPORTER_OTLP_ENDPOINT must begin with http:// or https:// and name a host, like "
        "http://127.0.0.1:4318."
    )
