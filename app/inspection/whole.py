"""The inspection, in its order: what one point makes impossible is named as not tried."""

import time
from collections.abc import Iterator

from app.inspection import asking, texts
from app.inspection.asking import Deployment, Unanswered
from app.inspection.clock import CLOCK, clock
from app.inspection.finding import Finding, no, unknown
from app.inspection.healthy import HEALTHY, healthy
from app.inspection.reach import CERTIFICATE, REACHED, reach
from app.inspection.texts import COOKIE, MEMORY, STRANGER, TEXT

ORDER = (REACHED, CERTIFICATE, HEALTHY, CLOCK, STRANGER, TEXT, COOKIE, MEMORY)


def inspect(deployment: Deployment) -> Iterator[Finding]:
    """A finding for each point, in order. Four requests at most, each within 15 seconds."""
    for finding in _findings(deployment):
        yield finding
        if finding.final:
            for about in ORDER[ORDER.index(finding.about) + 1 :]:
                yield unknown(about, f"not tried, because of {finding.about}")
            return


def front(public_url: str) -> Iterator[Finding]:
    """The first findings, for which no token is needed: reachable, certificate, health, clock."""
    yield from reach(public_url)
    asked = time.time()
    try:
        response = asking.health(public_url)
    except Unanswered as error:
        words = f"GET {asking.HEALTH}: {error}; see the server's log"
        yield no(HEALTHY, words, final=True)
        return
    answered = time.time()
    yield healthy(response)
    yield clock(response.header("Date"), asked, answered)


def _findings(deployment: Deployment) -> Iterator[Finding]:
    yield from front(deployment.public_url)
    about = STRANGER
    try:
        yield texts.stranger(deployment.text(deployment.message(), signed=False))
        about = TEXT
        if not deployment.auth_token:
            words = "not tried: set TWILIO_AUTH_TOKEN here, to sign one with"
            yield no(TEXT, words, final=True)
        message = deployment.message()
        first = deployment.text(message)
        yield texts.answered(first, deployment.flow)
        yield texts.cookie(first, deployment.flow)
        about = MEMORY
        yield texts.accepted(deployment, message, first)
    except Unanswered as error:
        yield no(about, f"{error}; see the log of the server", final=True)
