"""The settings for Twilio's REST API."""

import re
from dataclasses import dataclass, field

from parley.settings.environment import Source

_SHAPES = {"TWILIO_ACCOUNT_SID": ("AC", "account SID"), "TWILIO_API_KEY": ("SK", "API key SID")}


@dataclass(frozen=True, kw_only=True)
class TwilioAccount:
    """A Twilio account with an API key; empty if they are not set."""

    sid: str = field(repr=False)
    api_key: str = field(repr=False)
    api_secret: str = field(repr=False)


def twilio_account(source: Source) -> TwilioAccount:
    """Read the account; a malformed value, or half an API key, is a problem."""
    sid, key = (_shaped(source, name) for name in _SHAPES)
    secret = source.secret("TWILIO_API_SECRET")
    if key and not secret:
        source.problems.append(
            "TWILIO_API_KEY is set without TWILIO_API_SECRET: set both, or neither and use "
            "TWILIO_AUTH_TOKEN."
        )
    if secret and not key:
        source.problems.append(
            "TWILIO_API_SECRET is set without TWILIO_API_KEY: set its SID, which begins with SK."
        )
    return TwilioAccount(sid=sid, api_key=key, api_secret=secret)


def _shaped(source: Source, name: str) -> str:
    value = source.text(name)
    letters, what = _SHAPES[name]
    if value and not re.fullmatch(f"{letters}[0-9a-fA-F]{{32}}", value):
        source.problems.append(
            f"{name} is not an {what}: write {letters} and 32 hexadecimal digits, as the Twilio "
            "Console shows it."
        )
    return value
