"""The eight checks of a deployment, in their order."""

import math
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import closing
from email.utils import parsedate_to_datetime
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from parley.http_client import Response
from parley.probe.client import Deployment, described
from parley.probe.finding import Finding, no, ok, unknown
from parley.request import HEALTH_PATHS
from parley.simulator import twiml
from parley.twilio.facts import COOKIE_SECONDS

REACHABLE, CERTIFICATE, HEALTH, CLOCK = "reachable", "certificate", "health", "clock"
UNSIGNED, SIGNED, COOKIE, MEMORY = "unsigned", "signed", "cookie", "memory"
ORDER = (REACHABLE, CERTIFICATE, HEALTH, CLOCK, UNSIGNED, SIGNED, COOKIE, MEMORY)

CONNECT_SECONDS = 5.0
"""Twilio's connection timeout."""
RENEWAL_DAYS = 14
"""Days before its expiry when a certificate should be renewed."""
CLOCK_TOLERANCE = 5
"""Maximum clock difference in seconds; with a larger one, cookies are rejected."""
COUNTER, COUNTED = "counter", "Your current count is 1"

_CERTIFICATE_PROBLEMS = {
    10: "it has expired: renew it",
    9: "it is not valid yet: check the clock, here and where it was issued",
    18: "it is self-signed, which Twilio rejects: get one from a public authority",
    19: "its authority is unknown: get one from a public authority",
    20: "its authority is unknown, or an intermediate certificate is missing: serve the full chain",
    62: "it is for another host: get one for {host}",
    64: "it is for another host: get one for {host}",
}
"""By OpenSSL's verify_code (https://docs.openssl.org/master/man3/X509_STORE_CTX_get_error/)."""


def connection(url: str) -> Iterator[Finding]:
    """Yield whether a connection is made, and whether the certificate is valid for the host."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 443
    except ValueError:
        yield no(REACHABLE, "the URL has no valid host and port: correct it", final=True)
        return
    if parts.scheme != "https" or not host:
        words = "the URL is not https://, and cookies are trusted only over https: set one"
        yield no(REACHABLE, words, final=True)
        return
    try:
        connected = socket.create_connection((host, port), timeout=CONNECT_SECONDS)
    except (OSError, UnicodeError) as error:
        yield no(REACHABLE, _unreachable(host, port, error), final=True)
        return
    yield ok(REACHABLE, f"{host} accepts connections on port {port}")
    with closing(connected):
        finding = _certificate(connected, host)
    yield finding


def _unreachable(host: str, port: int, error: Exception) -> str:
    if isinstance(error, socket.gaierror | UnicodeError):
        return f"the name {host} has no address: correct it, or its DNS record"
    if isinstance(error, TimeoutError):
        return f"{host}, port {port}, timed out after {CONNECT_SECONDS:.0f} s: open the firewall"
    why = getattr(error, "strerror", None) or type(error).__name__
    return f"no connection to port {port} of {host} ({why}): start the server, or correct the URL"


def _certificate(connected: socket.socket, host: str) -> Finding:
    try:
        with ssl.create_default_context().wrap_socket(connected, server_hostname=host) as secure:
            ends = str((secure.getpeercert() or {})["notAfter"])
    except ssl.SSLCertVerificationError as error:
        words = _CERTIFICATE_PROBLEMS.get(error.verify_code, f"{error.verify_message}: replace it")
        return no(CERTIFICATE, words.format(host=host), final=True)
    except (OSError, ValueError, KeyError) as error:  # also if the server speaks plain HTTP
        why = getattr(error, "reason", None) or type(error).__name__
        words = f"the port does not speak TLS ({why}): let the server or its proxy serve https"
        return no(CERTIFICATE, words, final=True)
    days = int((ssl.cert_time_to_seconds(ends) - time.time()) // 86_400)
    if days < RENEWAL_DAYS:
        return no(CERTIFICATE, f"valid for {host}, but for {days} more days only: renew it")
    return ok(CERTIFICATE, f"valid for {host}, for {days} more days")


def health(path: str, response: Response) -> Finding:
    """Check the response of a health path, which needs no signature.

    A 404 proves nothing: some platforms reserve `/healthz`. The checks with texts decide.
    """
    if response.status == 200 and response.content.strip() == b"ok":
        return ok(HEALTH, f"GET {path} returns ok")
    if response.status == 404:
        paths = " and ".join(HEALTH_PATHS)
        return unknown(
            HEALTH,
            f"{paths} return 404: some platforms reserve such paths; if a text is "
            "answered, nothing is wrong; if not, correct the path of PUBLIC_URL, or let the proxy "
            "strip it",
        )
    if 300 <= response.status < 400:
        advice = "set PUBLIC_URL to the final URL, because Twilio signs the URL it calls first"
    elif response.status in (502, 503, 504):
        advice = "the proxy cannot reach the server: start it"
    elif response.status == 200:
        words = f"GET {path} does not return ok: correct PUBLIC_URL, this is not Parley"
        return no(HEALTH, words)
    else:
        advice = "let the proxy pass it on unchanged"
    return no(HEALTH, f"GET {path}: {described(response)}; {advice}")


def clock(date: str, asked: float, answered: float) -> Finding:
    """Compare a `Date` header with the times of the request and the response.

    Both are in seconds since 1970. The header has whole seconds, and was written at some time
    between them, so the difference is a range.
    """
    try:
        stated = parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError):
        return unknown(CLOCK, "the response has no Date that could be compared")
    least, most = stated - answered, stated + 1 - asked
    if least > CLOCK_TOLERANCE or most < -CLOCK_TOLERANCE:
        off = math.floor(least) if least > 0 else math.floor(-most)
        way = "ahead of" if least > 0 else "behind"
        return no(
            CLOCK,
            f"the server's is {off:,} seconds or more {way} this machine's, {CLOCK_TOLERANCE} are "
            "tolerated: set both by NTP",
        )
    furthest = math.ceil(max(abs(least), abs(most)))
    if furthest > CLOCK_TOLERANCE:
        spent = answered - asked
        return unknown(CLOCK, f"the response took {spent:.1f} seconds, too long to tell: try again")
    plural = "" if furthest == 1 else "s"
    return ok(CLOCK, f"within {furthest} second{plural} of this machine's")


def unsigned_text(response: Response) -> Finding:
    """Check the response to a text without a signature: 403 and a sentence for any flow."""
    if response.status == 403:
        if response.header("Content-Type").startswith("text/plain"):
            return ok(UNSIGNED, "an unsigned text is rejected with 403")
        words = (
            "a proxy or the platform rejects it with 403, not Parley: let it pass without a login"
        )
        return no(UNSIGNED, f"an unsigned text: {words}")
    if response.status == 200:
        words = "an unsigned text is answered: this is not Parley, or a proxy answers for it"
        return no(UNSIGNED, words)
    words = f"an unsigned text: {described(response)} instead of 403; let the proxy pass all on"
    return no(UNSIGNED, words)


def signed_text(response: Response, flow: str) -> Finding:
    """Check the response to a signed text: TwiML without an error."""
    if response.status == 200:
        errors = twiml.read(response).errors
        if not errors:
            spent = round(response.milliseconds)
            return ok(SIGNED, f"a signed text to {flow} is answered in {spent:,} ms")
        return no(SIGNED, f"a signed text is answered wrongly: {errors[0]}", final=True)
    advice = {
        403: "TWILIO_AUTH_TOKEN, PUBLIC_URL or TWILIO_ALLOWED_ACCOUNTS is different on the server, "
        "or a proxy drops X-Twilio-Signature or changes the path: the server's log says which",
        404: f"there is no flow {flow}: deploy it, or check another with --flow",
        503: "a setting of the flow is missing, the server's database is unavailable, or the proxy "
        "has no server: see its log",
        500: "the flow failed: the server's log has the traceback",
    }.get(response.status, "see the log of the server and of its proxy")
    return no(SIGNED, f"a signed text: {described(response)}; {advice}", final=True)


def cookie(response: Response, flow: str) -> Finding:
    """Check that the response sets a cookie that Twilio stores and sends over https only."""
    if not response.set_cookies:
        if flow != COUNTER:
            words = f"none came: right if {flow} has no session; --flow counter can tell"
            return unknown(COOKIE, words, final=True)
        return no(COOKIE, "none came: let the proxy pass Set-Cookie on", final=True)
    if len(response.set_cookies) > 1:
        words = f"{len(response.set_cookies)} came: let the proxy add none of its own"
        return no(COOKIE, words)
    try:
        (morsel,) = SimpleCookie(response.set_cookies[0]).values()
    except (CookieError, ValueError):
        return no(COOKIE, "it cannot be read: let the proxy pass it on unchanged")
    seconds = morsel["max-age"]
    wrong = [name for name in ("Secure", "HttpOnly") if not morsel[name.lower()]]
    wrong += [] if morsel["path"] == "/" else ["Path=/"]
    wrong += [] if seconds.isdigit() and 0 < int(seconds[:9]) <= COOKIE_SECONDS else ["Max-Age"]
    if wrong:
        words = f"it came without the right {', '.join(wrong)}: let the proxy pass it on unchanged"
        return no(COOKIE, words)
    return ok(COOKIE, f"given, Secure, HttpOnly, Path=/ and Max-Age={seconds}")


def memory(deployment: Deployment, message: dict[str, str], first: Response) -> Finding:
    """Send the same text again with the cookie of its first response, and compare the responses.

    A flow that has read the cookie may answer differently. If it does not, only the counter is
    proof.
    """
    second = deployment.text(message, first.set_cookies[0].partition(";")[0])
    if second.status != 200:
        return no(MEMORY, f"the text with it: {described(second)}; see the log")
    messages = twiml.read(second).messages
    if deployment.flow == COUNTER:
        is_read = [each.body for each in messages] == [COUNTED]
    else:
        is_read = messages != twiml.read(first).messages
    if is_read:
        return ok(MEMORY, "the cookie is accepted back")
    if deployment.flow != COUNTER:
        words = f"{deployment.flow} answers alike with and without it; --flow counter can tell"
        return unknown(MEMORY, words)
    words = "the cookie is not accepted back: let the proxy pass Cookie on, and give all servers "
    return no(MEMORY, words + "the same SESSION_SECRET; their log says memory=…")


def database(deployment: Deployment, first: Response) -> Finding:
    """Send another text, without a cookie, and compare the responses."""
    second = deployment.text(deployment.message())
    if second.status != 200:
        return no(MEMORY, f"a second text: {described(second)}; see the log")
    if twiml.read(second).messages != twiml.read(first).messages:
        return ok(MEMORY, "a second text continues the conversation")
    if deployment.flow != COUNTER:
        words = f"{deployment.flow} answers two texts alike; --flow counter can tell"
        return unknown(MEMORY, words)
    return no(MEMORY, "a second text starts over: give all servers the same DATABASE_URL")
