"""The URL that was called, parted into what PUBLIC_URL stands for and the target behind it."""

import re

import click

_URL = re.compile(r"(?P<base>https?://[^/?#]+)(?P<path>[^?#]*)(?P<rest>[^#]*)")
FLOWS = "/sms/"


def split(url: str, public_url: str) -> tuple[str, str]:
    """What comes before the path of a flow, and the target: that path and the query.

    The fragment is left out, which Twilio never sends. Where PUBLIC_URL is no beginning of the URL,
    the path begins at `/sms/`, as those of all flows do.
    """
    found = _URL.fullmatch(url.partition("#")[0])
    if found is None:
        raise click.UsageError("URL begins with https:// or http://, and names a host.")
    whole = found["base"] + found["path"]
    if public_url and f"{whole}/".startswith(f"{public_url}{FLOWS}"):
        return public_url, whole.removeprefix(public_url) + found["rest"]
    prefix, flows, path = found["path"].partition(FLOWS)
    if flows:
        return found["base"] + prefix, flows + path + found["rest"]
    if public_url and f"{whole}/".startswith(f"{public_url}/"):
        return public_url, (whole.removeprefix(public_url) or "/") + found["rest"]
    return found["base"], (found["path"] or "/") + found["rest"]


def pairs(parameters: tuple[str, ...]) -> list[tuple[str, str]]:
    """`Name=value` arguments, as pairs."""
    parts = [each.partition("=") for each in parameters]
    if not all(equals for _, equals, _ in parts):
        raise click.UsageError("Write every parameter as Name=value.")
    return [(name, value) for name, _, value in parts]
