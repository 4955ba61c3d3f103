"""A signed request as a `curl` command, quoted for a POSIX shell."""

import shlex
from collections.abc import Mapping

from parley.simulator.signed_text import FORM, JSON, signed_text
from parley.simulator.signing import sign, with_body_hash


def curl(
    url: str, parameters: Mapping[str, str], auth_token: str, cookie: str = "", kind: str = FORM
) -> str:
    """Return the command that sends these parameters to `url` as a form, in a GET, or as JSON.

    Its output is the headers and the body of the response. `cookie` is the last response's:
    `name=value`, or the whole line `Set-Cookie: name=value; …`. Raises ValueError if a parameter
    contains a NUL, which is not possible in a command line.
    """
    if "\0" in "".join(parameters.values()):
        raise ValueError("a command line cannot contain a NUL character")
    request = signed_text(url, parameters, auth_token, kind=kind)
    signature = request.headers["X-Twilio-Signature"]
    if kind == JSON:
        return _command(request.url, signature, cookie, _json(request.body.decode()))
    form = parameters.items() if kind == FORM else ()
    data = [("--data-urlencode", f"{name}={value}") for name, value in form]
    return _command(request.url, signature, cookie, data)


def curl_json(url: str, body: str, auth_token: str, cookie: str = "") -> str:
    """Return the command that posts a JSON text to `url`, byte for byte."""
    url = with_body_hash(url, body.encode())
    return _command(url, sign(url, {}, auth_token), cookie, _json(body))


def _json(body: str) -> list[tuple[str, str]]:
    return [("--header", "Content-Type: application/json"), ("--data-raw", body)]


def bare_cookie(cookie: str) -> str:
    """Return `name=value` of a cookie or of its `Set-Cookie` line."""
    if cookie.lower().startswith("set-cookie:"):
        cookie = cookie.partition(":")[2]
    return cookie.partition(";")[0].strip()


def _command(url: str, signature: str, cookie: str, data: list[tuple[str, str]]) -> str:
    options = [("--header", f"X-Twilio-Signature: {signature}")]
    if cookie:
        options.append(("--cookie", bare_cookie(cookie)))
    parts = [f"curl --silent --show-error --include {shlex.quote(url)}"]
    parts += [f"{name} {shlex.quote(value)}" for name, value in [*options, *data]]
    return " \\\n  ".join(parts)
