"""Twilio's alerts: each is a webhook, a message or a call that failed in Twilio's eyes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from parley.refusals import ParleyError
from parley.rest.client import call
from parley.rest.errors import RejectedError, bare

MOST = 1_000
"""Alerts that are read at most, the newest first."""


class AlertNotFoundError(ParleyError):
    """The account does not have this alert; Twilio keeps them for 30 days."""


class NotATextError(ParleyError):
    """An alert that is not about a text to a webhook; the message says so."""


@dataclass(frozen=True)
class Alert:
    """An alert as Twilio has it: `status` is the HTTP status of the response, 0 if unknown.

    `words` are Twilio's own, without numbers. `parameters` are those of the request, and `response`
    is the body of its response. Twilio tells both for one alert, and not in a list.
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
        """What is the same of alerts that are counted together."""
        return self.code, self.status, self.url.partition("?")[0]


class Counted(NamedTuple):
    """The newest of the alerts that are the same, and how many of them there are."""

    newest: Alert
    number: int


def list_since(client: Any, since: datetime) -> list[Alert]:
    """The alerts since then, the newest first, without parameters. Raises RestError."""

    def read() -> list[Alert]:
        return [_read(each) for each in client.monitor.v1.alerts.list(start_date=since, limit=MOST)]

    return call(read)


def fetch(client: Any, sid: str) -> Alert:
    """One alert by its SID, with all of it. Raises AlertNotFoundError and RestError."""
    try:
        return call(lambda: _read(client.monitor.v1.alerts(sid).fetch()))
    except RejectedError as error:
        if error.status == 404:
            raise AlertNotFoundError(sid) from None
        raise


def counted(alerts: Iterable[Alert]) -> list[Counted]:
    """The alerts with those that are the same put together, the most frequent first."""
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
