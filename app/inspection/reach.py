"""Whether a server can be reached over https, and what its certificate is worth."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

from app.inspection.finding import Finding, no, ok

SECONDS = 5.0
"""To connect, as long as Twilio waits."""
SOON = 14
"""Days before its end from which a certificate should be renewed."""
REACHED, CERTIFICATE = "reachable", "certificate"

_NO_CERTIFICATE = {
    10: "it has expired: renew it",
    9: "it is not valid yet: look at the clock, here and where it was made",
    18: "it is signed by itself, which Twilio refuses: take one from a public authority",
    19: "its authority is known to nobody: take one from a public authority",
    20: "its authority is unknown, or the certificates between are missing: serve the full chain",
    62: "it is another host's: have one made for {host}",
    64: "it is another host's: have one made for {host}",
}
"""By OpenSSL's verify_code (https://docs.openssl.org/master/man3/X509_STORE_CTX_get_error/)."""


def reach(url: str) -> Iterator[Finding]:
    """Two findings: whether a connection is made, and whether the certificate holds; one where no
    connection is.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 443
    except ValueError:
        yield no(REACHED, "the URL names no host and port: correct it", final=True)
        return
    if parts.scheme != "https" or not host:
        words = "the URL is not https://, without which no cookie is believed: set one"
        yield no(REACHED, words, final=True)
        return
    try:
        connection = socket.create_connection((host, port), timeout=SECONDS)
    except (OSError, UnicodeError) as error:
        yield no(REACHED, _unreached(host, port, error), final=True)
        return
    yield ok(REACHED, f"{host} answers on port {port}")
    with closing(connection):
        certificate = _certificate(connection, host)
    yield certificate


def _unreached(host: str, port: int, error: Exception) -> str:
    if isinstance(error, socket.gaierror | UnicodeError):
        return f"the name {host} leads to no address: correct it, or its DNS record"
    if isinstance(error, TimeoutError):
        return f"{host} says nothing on port {port} for {SECONDS:.0f} seconds: open the firewall"
    why = getattr(error, "strerror", None) or type(error).__name__
    return f"nothing answers on port {port} of {host} ({why}): start the server, or correct the URL"


def _certificate(connection: socket.socket, host: str) -> Finding:
    try:
        with ssl.create_default_context().wrap_socket(connection, server_hostname=host) as secure:
            ends = str((secure.getpeercert() or {})["notAfter"])
    except ssl.SSLCertVerificationError as error:
        told = _NO_CERTIFICATE.get(error.verify_code, f"{error.verify_message}: replace it")
        return no(CERTIFICATE, told.format(host=host), final=True)
    except (OSError, ValueError, KeyError) as error:  # also where plain http answers
        why = getattr(error, "reason", None) or type(error).__name__
        words = f"no TLS is spoken there ({why}): let the server or its proxy serve https"
        return no(CERTIFICATE, words, final=True)
    days = int((ssl.cert_time_to_seconds(ends) - time.time()) // 86_400)
    if days < SOON:
        words = f"valid for {host}, but for {days} more days only: renew it"
        return no(CERTIFICATE, words)
    return ok(CERTIFICATE, f"valid for {host}, for {days} more days")
