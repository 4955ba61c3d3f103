"""A signed request as a `curl` command, quoted for a POSIX shell."""

import shlex
from collections.abc import Mapping

from parley.simulator.signed_text import FORM, JSON, signed_text
from parley.simulator.signing import sign, with_body_hash


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
    request = signed_text(url, parameters, auth_token, kind=kind)
    signature = request.headers["X-Twilio-Signature"]
    if kind == JSON:
        return _command(request.url, signature, cookie, _json(request.body.decode()))
    form = parameters.items() if kind == FORM else ()
    data = [("--data-urlencode", f"{name}={value}") for name, value in form]
    return _command(request.url, signature, cookie, data)


def curl_json(url: str, body: str, auth_token: str, cookie: str = "") -> str:
    """Return the command that posts a JSON text to `url`, byte for byte as it is."""
    url = with_body_hash(url, body.encode())
    return _command(url, sign(url, {}, auth_token), cookie, _json(body))


def _json(body: str) -> list[tuple[str, str]]:
    return [("--header", "Content-Type: application/json"), ("--data-raw", body)]


def bare_cookie(cookie: str) -> str:
    """`name=value` of a cookie, whatever of its `Set-Cookie` line came along."""
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
