"""Refusals, each with the status and reason of its row in docs/refusals.md, and their base class.

A refusal is a response other than 200, with a status, a reason for the metrics, and the next step.
This module imports no other module of Parley, so that each of them can raise refusals.
"""

from collections.abc import Iterable
from typing import ClassVar


class ParleyError(Exception):
    """The base of refusals, and of errors of sessions and of Twilio's REST API.

    The errors for authors have other bases: `FlowError`, `ServiceError`, `SettingsError`.
    """


class Refusal(ParleyError):
    """Raised for a request that is refused; the message is the reason, without personal data.

    `status` is the HTTP status. `next_step` is what to do, for the log. `sentence` is the response
    body, without information for attackers. `counted_as` is the reason in the metrics, one of a few
    constants. `cause` is the probable mistake, if one was found.
    """

    status: ClassVar[int]
    sentence: ClassVar[str] = ""
    label: ClassVar[str] = ""

    def __init__(self, reason: str, next_step: str, cause: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.next_step = next_step
        self.cause = cause

    @property
    def text(self) -> str:
        """The response body: the sentence of the class, or the reason."""
        return self.sentence or self.reason

    @property
    def counted_as(self) -> str:
        return self.label or self.reason


class TooLarge(Refusal):
    """Raised for a request of which a part exceeds its limit; the reason has both numbers."""

    unit = "bytes"

    def __init__(self, what: str, size: int | str, limit: int, unit: str = "bytes") -> None:
        counted = f"{size:,}" if isinstance(size, int) else size
        super().__init__(f"The {what}: {counted} {unit}, the limit is {limit:,}.", self.advice)

    advice: ClassVar[str] = "Twilio's requests are smaller"


class RequestLineTooLong(TooLarge):
    """A request line over 8,190 bytes."""

    status = 414
    label = "request line too long"
    advice = "set the webhook to POST instead of GET"


class HeadersTooLarge(TooLarge):
    """Headers over 15,360 bytes (names and values), or more than 90 of them."""

    status = 431
    label = "headers too large"
    advice = "Twilio's requests are smaller; check whether a proxy adds headers"


class BodyTooLarge(TooLarge):
    """A body over 1 MiB."""

    status = 413
    label = "body too large"


class MethodNotAllowed(Refusal):
    """A method other than GET and POST."""

    status = 405
    label = "method"

    def __init__(self) -> None:
        super().__init__("Only GET and POST are allowed here.", "set the webhook to POST or GET")


class SignatureError(Refusal):
    """Raised for a request without a valid signature; the reason contains no request data."""

    status = 403
    sentence = "This request is not signed by Twilio for this server; its log says what is wrong."


class UnknownFlow(Refusal):
    """Raised for a path without a flow."""

    status = 404
    label = "no such flow"

    def __init__(self, prefix: str, flows: Iterable[str]) -> None:
        super().__init__(
            "There is no such flow here.", f"set the webhook to one of {prefix}: {', '.join(flows)}"
        )


class UnknownRoute(Refusal):
    """Raised for a text to a number without a route."""

    status = 404
    label = "no route"

    def __init__(self) -> None:
        super().__init__(
            "There is no route for this number here.",
            "add a route for this number, or one without `to` and `service`, to ROUTES_FILE",
        )


class MalformedMessage(Refusal):
    """A signed request that is not an inbound message; the reason says why."""

    status = 400
    label = "malformed message"

    def __init__(self, reason: str) -> None:
        super().__init__(
            reason, "set this URL as a number's messaging webhook, not for calls or status"
        )


class StatusCallback(Refusal):
    """A delivery report of an outgoing message at a URL for inbound messages."""

    status = 400
    label = "status callback"

    def __init__(self) -> None:
        super().__init__(
            "This is a status callback, not an inbound message: use another URL for those.",
            "set StatusCallback to another URL, and this one as the messaging webhook",
        )


class SettingMissing(Refusal):
    """Raised for a text to a flow whose settings are missing; the reason names them."""

    status = 503
    sentence = "This flow is not set up yet; the server's log says what is missing."

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(
            f"{', '.join(names)} not set",
            "set it and restart (in development: write it into var/development.env), or point the "
            "webhook to another flow",
        )


class MemoryUnavailable(Refusal):
    """Raised if the database does not respond in time; the reason names the error."""

    status = 503
    label = "database"
    sentence = "The memory of this server is not available; its log says why."

    def __init__(self, why: str) -> None:
        super().__init__(
            f"the database does not respond: {why}",
            "check that PostgreSQL runs at DATABASE_URL, and see docs/database.md; this server "
            "needs no restart",
        )


class ConversationBusy(Refusal):
    """Raised if an earlier text of the conversation was not answered in time."""

    status = 503
    label = "conversation busy"
    sentence = "An earlier text of this conversation is still being answered."

    def __init__(self) -> None:
        super().__init__(
            "an earlier text of this conversation is still being answered",
            "make this flow faster: give its calls a shorter deadline=",
        )
