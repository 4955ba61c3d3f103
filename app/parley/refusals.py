"""Refusals, each with the status and reason of its row in docs/refusals.md, and their base class.

A refusal is an answer that is not 200, with a status, a reason to count by, and the next step.
This module imports nothing of ours, so that the part that notices a problem can raise it.
"""

from collections.abc import Iterable
from typing import ClassVar


class ParleyError(Exception):
    """The base of refusals, and of errors of sessions and of Twilio's REST API.

    What an author meets has bases of its own: `FlowError`, `ServiceError`, `SettingsError`.
    """


class Refusal(ParleyError):
    """A request that is not answered with TwiML; the message is the reason, fit for the log.

    `status` is the HTTP status. `next_step` says in the log what to do. `sentence` is what the
    caller reads; it repeats nothing that the caller may not know. `counted_as` is the reason in the
    metrics: one of a few words. `cause` is the usual mistake behind it, if one was found.
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
        """The sentence for the caller: that of the class, or the reason itself."""
        return self.sentence or self.reason

    @property
    def counted_as(self) -> str:
        return self.label or self.reason


class TooLarge(Refusal):
    """A part of a request that is larger than its limit; the reason has both numbers."""

    unit = "bytes"

    def __init__(self, what: str, size: int | str, limit: int, unit: str = "bytes") -> None:
        counted = f"{size:,}" if isinstance(size, int) else size
        super().__init__(f"The {what}: {counted} {unit}, at most {limit:,} are read.", self.advice)

    advice: ClassVar[str] = "Twilio sends nothing as large"


class RequestLineTooLong(TooLarge):
    """A request line over 8,190 bytes."""

    status = 414
    label = "request line too long"
    advice = "set the webhook to POST instead of GET"


class HeadersTooLarge(TooLarge):
    """Headers over 15,360 bytes (names and values), or more than 90 of them."""

    status = 431
    label = "headers too large"
    advice = "Twilio sends nothing as large; does a proxy add headers?"


class BodyTooLarge(TooLarge):
    """A body over 1 MiB."""

    status = 413
    label = "body too large"


class MethodNotAllowed(Refusal):
    """A method other than GET and POST."""

    status = 405
    label = "method"

    def __init__(self) -> None:
        super().__init__("Only GET and POST are answered here.", "set the webhook to POST or GET")


class SignatureError(Refusal):
    """A request that is not proven to be Twilio's: its reason, and what to do about it.

    Neither repeats anything of the request.
    """

    status = 403
    sentence = "This request is not signed by Twilio for this server; its log says what is wrong."


class UnknownFlow(Refusal):
    """A path that leads to no flow."""

    status = 404
    label = "no such flow"

    def __init__(self, prefix: str, flows: Iterable[str]) -> None:
        super().__init__(
            "There is no such flow here.", f"set the webhook to one of {prefix}: {', '.join(flows)}"
        )


class UnknownRoute(Refusal):
    """A text to a number that no route is for."""

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
    """A flow was texted whose settings are not set; the reason names them."""

    status = 503
    sentence = "This flow is not set up yet; the server's log says what is missing."

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(
            f"{', '.join(names)} not set",
            "set it and restart (in development: write it into var/development.env), or set the "
            "webhook to another flow",
        )


class MemoryUnavailable(Refusal):
    """The database does not answer, or not in time; the reason says which error there was."""

    status = 503
    label = "database"
    sentence = "The memory of this server is not available; its log says why."

    def __init__(self, why: str) -> None:
        super().__init__(
            f"the database does not answer: {why}",
            "let PostgreSQL run where DATABASE_URL leads, and see docs/database.md; no restart of "
            "this server is needed",
        )


class ConversationBusy(Refusal):
    """An earlier text of the conversation was not answered in time."""

    status = 503
    label = "conversation busy"
    sentence = "An earlier text of this conversation is still being answered."

    def __init__(self) -> None:
        super().__init__(
            "an earlier text of this conversation is still being answered",
            "let this flow wait less: give its calls a shorter deadline=",
        )
