"""The door: what every request passes before anything is routed."""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request

from app.conversation.address import masked
from app.web import limits
from app.web.health import is_health_check
from app.web.logs import shown_sid
from app.wire.signature import Received, SignatureError, Verifier

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from app.web.doctor import Doctor

# What is known of a request stands in its WSGI environment: no header can be of these names, and
# Flask's `g` looks for its request each time.
STARTED, PARAMETERS, MEMORY = "parley.started", "parley.parameters", "parley.memory"

OwnDoor = Callable[["WSGIEnvironment"], Response | None]
"""A door of one's own: None lets a request in, an answer keeps it out."""


def stand_guard(
    app: Flask,
    verifier: Verifier,
    own_doors: Mapping[str, OwnDoor],
    doctor: "Doctor | None" = None,
    metrics_door: OwnDoor | None = None,
) -> None:
    """Check every request of the application, whether it has a route or not.

    An application-wide hook: those of a blueprint do not run where routing fails. `own_doors` are
    the paths, by their beginnings, that are guarded in another way than by Twilio's signature; the
    metrics answer at their door. A doctor looks at what the verifier refuses, and says in the log
    what may be wrong.
    """

    @app.before_request
    def check() -> Response | None:
        environ = request.environ
        environ[STARTED] = time.perf_counter()
        if is_health_check(environ):
            return None
        if limits.HEAD_CHECKED not in app.extensions:
            limits.check_head(environ)
        if metrics_door and (metrics := metrics_door(environ)):
            return metrics
        for beginning, own_door in own_doors.items():
            # Routing drops a slash that stands before the first: the door does, too.
            if f"/{environ['PATH_INFO'].lstrip('/')}".startswith(beginning):
                return own_door(environ)
        body = received_body(environ)
        if environ["REQUEST_METHOD"] not in limits.METHODS:
            raise limits.MethodRefused
        received = as_received(environ, body)
        try:
            environ[PARAMETERS] = verifier.verify(received)
        except SignatureError as error:
            if doctor is None:
                raise
            raise doctor.explained(error, received, environ.get("HTTP_HOST", "")) from None
        return None


def as_received(environ: "WSGIEnvironment", body: bytes) -> Received:
    """What the signature is checked over; a target that is no path is refused."""
    target = limits.raw_target(environ)
    if not target.startswith(b"/"):
        raise SignatureError("target", "the request target must be a path; is a proxy at fault?")
    return Received(
        target=target,
        content_type=environ.get("CONTENT_TYPE", ""),
        body=body,
        signature=environ.get("HTTP_X_TWILIO_SIGNATURE", ""),
        signature_settings=environ.get("HTTP_X_TWILIO_WEBHOOKS_SIGNATURE_SETTINGS", ""),
    )


def received_body(environ: "WSGIEnvironment") -> bytes:
    """The body, where it has arrived whole: of another nobody can tell who sent it."""
    try:
        return limits.read_body(environ)
    except limits.BodyUnreadable:
        raise SignatureError("unreadable body", "it is cut off or malformed; not Twilio") from None


def proven_parameters(environ: "WSGIEnvironment") -> Mapping[str, str]:
    """The parameters of this request, which the door has found to be Twilio's; none before."""
    parameters: Mapping[str, str] = environ.get(PARAMETERS, {})
    return parameters


def memory_found(environ: "WSGIEnvironment") -> str | None:
    """How the session of this request was found; None where nobody has looked yet."""
    found: str | None = environ.get(MEMORY)
    return found


def milliseconds(environ: "WSGIEnvironment") -> float:
    """How long this request has taken since it came to the door."""
    return 1_000 * (time.perf_counter() - float(environ[STARTED]))


def told_of_message(said: Mapping[str, str]) -> dict[str, Any]:
    """What may be logged of a message that is Twilio's: its SID, and who to whom, masked; nothing
    where there are no proven parameters.
    """
    if not said:
        return {}
    sid, from_, to = (said.get(name, "") for name in ("MessageSid", "From", "To"))
    return {"sid": shown_sid(sid), "from": masked(from_), "to": masked(to)}
