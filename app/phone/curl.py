"""A signed request as a `curl` command, quoted for a POSIX shell."""

import json
import shlex
from collections.abc import Mapping
from urllib.parse import urlencode

from app.phone.signing import sign, with_body_hash

FORM, GET, JSON = "form", "get", "json"


def curl(
    url: str, parameters: Mapping[str, str], auth_token: str, cookie: str = "", kind: str = FORM
) -> str:
    """The command that sends these parameters to `url` as a form, in a GET, or as JSON.

    Its output is the headers and the body of the answer. `cookie` is what the last answer set:
    `name=value`, or the whole line `Set-Cookie: name=value; …`. Raises ValueError where a parameter
    holds a NUL, which no command line can.
    """
    if "\0" in "".join(parameters.values()):
        raise ValueError("a command line cannot hold a NUL character")
    if kind == GET:
        url, data = f"{url}?{urlencode(parameters)}", []
        signature = sign(url, {}, auth_token)
    elif kind == JSON:
        body = json.dumps(dict(parameters), ensure_ascii=False)
        url = with_body_hash(url, body.encode())
        data = [("--header", "Content-Type: application/json"), ("--data-raw", body)]
        signature = sign(url, {}, auth_token)
    else:
        data = [("--data-urlencode", f"{name}={value}") for name, value in parameters.items()]
        signature = sign(url, parameters, auth_token)
    if cookie:
        data.insert(0, ("--cookie", bare_cookie(cookie)))
    return _command(url, [("--header", f"X-Twilio-Signature: {signature}"), *data])


def bare_cookie(cookie: str) -> str:
    """`name=value` of a cookie, whatever of its `Set-Cookie` line came along."""
    if cookie.lower().startswith("set-cookie:"):
        cookie = cookie.partition(":")[2]
    return cookie.partition(";")[0].strip()


def _command(url: str, options: list[tuple[str, str]]) -> str:
    parts = [f"curl --silent --show-error --include {shlex.quote(url)}"]
    parts += [f"{name} {shlex.quote(value)}" for name, value in options]
    return " \\\n  ".join(parts)
