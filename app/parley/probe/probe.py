"""Run all checks in order; after a final finding, report the rest as not tried."""

import time
from collections.abc import Iterator

from parley.http_client import Response
from parley.probe import checks, client
from parley.probe.checks import COOKIE, HEALTH, MEMORY, ORDER, SIGNED, UNSIGNED
from parley.probe.client import Deployment, Unanswered
from parley.probe.finding import Finding, no, ok, unknown
from parley.request import HEALTH_PATHS, READY_PATH


def probe(deployment: Deployment) -> Iterator[Finding]:
    """Yield a finding for each check, in order. At most six requests, each within 15 seconds."""
    for finding in _findings(deployment):
        yield finding
        if finding.final:
            for about in ORDER[ORDER.index(finding.about) + 1 :]:
                yield unknown(about, f"not tried, because of {finding.about}")
            return


def probe_unsigned(deployment: Deployment) -> Iterator[Finding]:
    """Yield the findings of the first checks, which need no auth token."""
    yield from checks.connection(deployment.public_url)
    asked = time.time()
    try:
        path, response = _health(deployment.public_url)
    except Unanswered as error:
        yield no(HEALTH, f"GET {HEALTH_PATHS[0]}: {error}; see the server's log", final=True)
        return
    answered = time.time()
    yield checks.health(path, response)
    yield checks.clock(response.header("Date"), asked, answered)
    try:
        yield checks.unsigned_text(deployment.text(deployment.message(), signed=False))
    except Unanswered as error:
        yield _unanswered(UNSIGNED, error)


def _health(public_url: str) -> tuple[str, Response]:
    """Return the first health path that returns ok, or the first one, with its response."""
    first = client.get(public_url + HEALTH_PATHS[0])
    if 400 <= first.status < 500:
        for path in HEALTH_PATHS[1:]:
            response = client.get(public_url + path)
            if response.status == 200:
                return path, response
    return HEALTH_PATHS[0], first


def _findings(deployment: Deployment) -> Iterator[Finding]:
    yield from probe_unsigned(deployment)
    if not deployment.auth_token:
        words = "not tried: set TWILIO_AUTH_TOKEN here, to sign one with"
        yield no(SIGNED, words, final=True)
    about, message = SIGNED, deployment.message()
    try:
        first = deployment.text(message)
        yield checks.signed_text(first, deployment.flow)
        if not first.set_cookies and _has_database(deployment):
            yield ok(COOKIE, "none, because the server has a database, which responds")
            about = MEMORY
            yield checks.database(deployment, first)
            return
        yield checks.cookie(first, deployment.flow)
        about = MEMORY
        yield checks.memory(deployment, message, first)
    except Unanswered as error:
        yield _unanswered(about, error)


def _has_database(deployment: Deployment) -> bool:
    response = client.get(deployment.public_url + READY_PATH)
    return (response.status, response.content) == (200, b"ok\n")


def _unanswered(about: str, error: Unanswered) -> Finding:
    return no(about, f"{error}; see the log of the server", final=True)
