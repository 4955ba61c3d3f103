"""Twilio's alerts: webhooks, messages and calls that failed according to Twilio."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from parley.refusals import ParleyError
from parley.rest.client import call
from parley.rest.errors import RejectedError, bare

MOST = 1_000
"""Maximum number of alerts that are read, the newest first."""


class AlertNotFoundError(ParleyError):
    """Raised if the account does not have this alert; Twilio stores them for 30 days."""


class NotATextError(ParleyError):
    """Raised for an alert that is not about a text to a webhook."""


@dataclass(frozen=True)
class Alert:
    """An alert: `status` is the HTTP status of the response, 0 if unknown.

    `words` is Twilio's text, without numbers. `parameters` are those of the request, and `response`
    is the body of its response; Twilio returns both only for a single alert.
    """

    sid: str
    code: int
    at: datetime
    status: int
    url: str = field(repr=False)
    words: str = field(repr=False)
    parameters: Mapping[str, str] = field(repr=False)
    response: str = field(repr=False)

    @property
    def kind(self) -> tuple[int, int, str]:
        """The key by which alerts are counted together."""
        return self.code, self.status, self.url.partition("?")[0]


class Counted(NamedTuple):
    """The newest alert of a kind, and the number of alerts of this kind."""

    newest: Alert
    number: int


def list_since(client: Any, since: datetime) -> list[Alert]:
    """Return the alerts since a time, the newest first, without parameters. Raises RestError."""

    def read() -> list[Alert]:
        return [_read(each) for each in client.monitor.v1.alerts.list(start_date=since, limit=MOST)]

    return call(read)


def fetch(client: Any, sid: str) -> Alert:
    """Return one alert by SID, with all fields. Raises AlertNotFoundError and RestError."""
    try:
        return call(lambda: _read(client.monitor.v1.alerts(sid).fetch()))
    except RejectedError as error:
        if error.status == 404:
            raise AlertNotFoundError(sid) from None
        raise


def counted(alerts: Iterable[Alert]) -> list[Counted]:
    """Group alerts of the same kind, the most frequent first."""
    found: dict[tuple[int, int, str], list[Alert]] = {}
    for alert in alerts:
        found.setdefault(alert.kind, []).append(alert)
    groups = [Counted(max(each, key=lambda alert: alert.at), len(each)) for each in found.values()]
    return sorted(groups, key=lambda group: -group.number)


def _read(alert: Any) -> Alert:
    told = dict(parse_qsl(alert.alert_text or "", keep_blank_values=True))
    status = told.get("httpResponse", "")
    return Alert(
        sid=str(alert.sid),
        code=int(alert.error_code or 0),
        at=alert.date_generated or alert.date_created or datetime.now(UTC),
        status=int(status) if status.isdigit() else 0,
        url=alert.request_url or "",
        words=bare(told.get("Msg", "")),
        parameters=dict(parse_qsl(alert.request_variables or "", keep_blank_values=True)),
        response=alert.response_body or "",
    )
