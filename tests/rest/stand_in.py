"""A stand-in for Twilio's REST API, on a free port of 127.0.0.1.

It follows the published description (https://github.com/twilio/twilio-oai,
`spec/json/twilio_api_v2010.json`, `twilio_messaging_v1.json`, `twilio_monitor_v1.json` and
`twilio_lookups_v2.json`) in its paths, parameters and response fields; the format of errors is from
https://www.twilio.com/docs/usage/twilios-response. The official client uses it unchanged, as the
proxy in HTTPS_PROXY, which terminates TLS with a certificate for HOSTS. Its authority is in
REQUESTS_CA_BUNDLE. The proxy rejects all other hosts.
"""

import json
import re
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import trustme

from tests.http_server import Handler, Server, serving

ACCOUNT, KEY = "AC" + "a1" * 16, "SK" + "b2" * 16
KEY_SECRET, AUTH_TOKEN = "an API key's secret", "12345678901234567890123456789012"
NUMBER, NUMBER_SID = "+15559870002", "PN" + "c3" * 16
SERVICE, APPLICATION = "MG" + "d4" * 16, "AP" + "e5" * 16
HOSTS = ("api.twilio.com", "messaging.twilio.com", "lookups.twilio.com", "monitor.twilio.com")
STORAGE = "mms.twiliocdn.com"
S3 = "s3-external-1.amazonaws.com"
"""The storage of media, which does not accept credentials."""

API = f"/2010-04-01/Accounts/{ACCOUNT}"
SMS_VALUES = {"SmsUrl", "SmsMethod", "SmsFallbackUrl", "SmsFallbackMethod"}
SERVICE_VALUES = {
    "InboundRequestUrl",
    "InboundMethod",
    "FallbackUrl",
    "FallbackMethod",
    "UseInboundWebhookOnNumber",
}
OF_A_MESSAGE = {"To", "From", "Body", "MediaUrl", "MessagingServiceSid", "StatusCallback"}

Said = tuple[int, dict[str, Any]]


def error(status: int, code: int, message: str) -> Said:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return status, {"code": code, "message": message, "more_info": more, "status": status}


def number(**changed: Any) -> dict[str, Any]:
    """Return an IncomingPhoneNumber as it is after its purchase, with these fields changed."""
    return {
        "sid": NUMBER_SID,
        "account_sid": ACCOUNT,
        "friendly_name": "(555) 987-0002",
        "phone_number": NUMBER,
        "capabilities": {"mms": True, "sms": True, "voice": True, "fax": False},
        "date_created": "Thu, 30 Jul 2015 23:19:04 +0000",
        "date_updated": "Thu, 30 Jul 2015 23:19:04 +0000",
        "sms_application_sid": "",
        "sms_url": "https://demo.twilio.com/welcome/sms/reply",
        "sms_method": "POST",
        "sms_fallback_url": "",
        "sms_fallback_method": "POST",
        "status": "in-use",
        **changed,
    }


@dataclass
class Asked:
    """A request: its parameters are lists of values, from the query or the form."""

    method: str
    host: str
    path: str
    given: dict[str, list[str]]
    authorization: str = ""
    count: int = 0
    """The number of requests so far, including this one."""


@dataclass
class StandIn:
    """The data of the account, the simulated errors, and the received requests."""

    environ: dict[str, str]
    numbers: list[dict[str, Any]] = field(default_factory=lambda: [number()])
    services: list[dict[str, Any]] = field(default_factory=list)
    members: set[tuple[str, str]] = field(default_factory=set)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    """The account's alerts, newest first."""
    refused: dict[str, Said] = field(default_factory=dict)
    """By recipient, the response to a text instead of 201."""
    instead: Callable[[Asked], Said | bytes | None] = lambda _: None
    """A response, or raw bytes before the connection closes, instead of the usual one."""
    asked: list[Asked] = field(default_factory=list)
    media: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    """The content type and the bytes of each media SID."""
    clock: Callable[[], float] = time.time
    messages: list[dict[str, Any]] = field(default_factory=list)
    """The account's messages, in the order in which they were sent."""
    then: Callable[[Asked], bytes | None] = lambda _: None
    """Raw bytes instead of the response, after the request was processed."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def said(self, asked: Asked, authorization: str) -> Said | bytes:
        with self._lock:
            self.asked.append(asked)
            asked.count = len(self.asked)
        asked.authorization = authorization
        if (odd := self.instead(asked)) is not None:
            return odd
        if asked.host == STORAGE:
            return stored_media(self, asked)
        pairs = {f"{ACCOUNT}:{AUTH_TOKEN}", f"{KEY}:{KEY_SECRET}"}
        if authorization not in {f"Basic {b64encode(each.encode()).decode()}" for each in pairs}:
            return error(401, 20003, "Authenticate")
        for host, method, path, answer in ROUTES:
            match = re.fullmatch(path, asked.path)
            if match and (host, method) == (asked.host, asked.method):
                said = answer(self, asked, *match.groups())
                lost = self.then(asked)
                return said if lost is None else lost
        return error(404, 20404, f"The requested resource {asked.path} was not found")

    def posted(self, path: str) -> list[dict[str, str]]:
        """Return the forms posted to a path; repeated values are joined by a space."""
        forms = [each for each in self.asked if (each.method, each.path) == ("POST", path)]
        return [{name: " ".join(of) for name, of in each.given.items()} for each in forms]


def list_numbers(stand_in: StandIn, asked: Asked) -> Said:
    """The filter matches a part of a number, as documented."""
    part = asked.given.get("PhoneNumber", [""])[0].replace("+", "")
    found = [each for each in stand_in.numbers if part in each["phone_number"]]
    page = {"page": 0, "page_size": 20, "start": 0, "end": len(found), "next_page_uri": None}
    uris = {"first_page_uri": "", "previous_page_uri": None, "uri": f"{API}/Incoming….json"}
    return 200, {"incoming_phone_numbers": found, **page, **uris}


def fetched(listed: list[dict[str, Any]], asked: Asked, sid: str) -> Said:
    """Return the resource with this SID, or the error 404."""
    for each in listed:
        if each["sid"] == sid:
            return 200, each
    return error(404, 20404, f"The requested resource {asked.path} was not found")


def fetch_number(stand_in: StandIn, asked: Asked, sid: str) -> Said:
    return fetched(stand_in.numbers, asked, sid)


def update_number(stand_in: StandIn, asked: Asked, sid: str) -> Said:
    status, found = fetch_number(stand_in, asked, sid)
    if status == 200:
        assert set(asked.given) <= SMS_VALUES, asked.given
        url = asked.given.get("SmsUrl", ["https://x"])[0]
        if not re.match("https?://[^/]", url):
            return error(400, 21402, f"SmsUrl is not valid: {url}")
        found.update({field_of(name): values[0] for name, values in asked.given.items()})
    return status, found


def field_of(parameter: str) -> str:
    """Return the response field that a parameter sets: `sms_url` for `SmsUrl`."""
    return re.sub(r"(?<=.)([A-Z])", r"_\1", parameter).lower()


def create_message(stand_in: StandIn, asked: Asked) -> Said:
    assert set(asked.given) <= OF_A_MESSAGE, asked.given
    said = {name: values[0] for name, values in asked.given.items()}
    to = said.get("To", "")
    if to in stand_in.refused:
        return stand_in.refused[to]
    if not re.fullmatch(r"(whatsapp:)?\+[1-9][0-9]{7,14}", to):
        return error(400, 21211, f"The 'To' number {to} is not a valid phone number.")
    if not said.get("Body") and not said.get("MediaUrl"):
        return error(400, 21602, "Message body is required.")
    if "MessagingServiceSid" not in said:
        owned = {each["phone_number"] for each in stand_in.numbers}
        if said.get("From", "").removeprefix("whatsapp:") not in owned:
            words = "is not a Twilio phone number or Short Code country mismatch"
            return error(400, 21659, f"'From' {said.get('From')} {words}")
    if not re.match("https://[^/]", said.get("StatusCallback", "https://a.b")):
        return error(400, 21609, "The StatusCallback is not a valid URL.")
    sid = ("MM" if "MediaUrl" in said else "SM") + f"{asked.count:032x}"
    status = "accepted" if "MessagingServiceSid" in said else "queued"
    now = format_datetime(datetime.fromtimestamp(stand_in.clock(), UTC))
    created = message(sid, status, said, len(asked.given.get("MediaUrl", [])), date_created=now)
    stand_in.messages.append(created)
    return 201, created


def list_messages(stand_in: StandIn, asked: Asked) -> Said:
    """List messages between two numbers, newest first; with `DateSent>`, only those sent since."""
    pair = [asked.given.get(name) for name in ("To", "From")]
    since = asked.given.get("DateSent>", ["1970-01-01T00:00:00Z"])[0]
    found = [
        each
        for each in stand_in.messages
        if [[each["to"]], [each["from"]]] == pair
        and parsedate_to_datetime(each["date_sent"] or each["date_created"])
        >= datetime.fromisoformat(since)
    ]
    page = {"page": 0, "page_size": 1_000, "start": 0, "end": len(found), "next_page_uri": None}
    uris = {"first_page_uri": "", "previous_page_uri": None, "uri": f"{API}/Messages.json"}
    return 200, {"messages": found[::-1], **page, **uris}


def message(
    sid: str, status: str, said: dict[str, str], media: int, **changed: Any
) -> dict[str, Any]:
    return {
        "account_sid": ACCOUNT,
        "api_version": "2010-04-01",
        "body": said.get("Body", ""),
        "date_created": "Thu, 24 Aug 2023 05:01:45 +0000",
        "date_sent": None,
        "date_updated": "Thu, 24 Aug 2023 05:01:45 +0000",
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": said.get("From"),
        "messaging_service_sid": said.get("MessagingServiceSid"),
        "num_media": str(media),
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "sid": sid,
        "status": status,
        "subresource_uris": {"media": f"{API}/Messages/{sid}/Media.json"},
        "to": said.get("To"),
        "uri": f"{API}/Messages/{sid}.json",
        **changed,
    }


ONE_ALERT = ("request_variables", "request_headers", "response_headers", "response_body")
"""The fields that Twilio returns only for a single alert, not in a list."""


def alert(sid: str, at: datetime, told: dict[str, str], **changed: Any) -> dict[str, Any]:
    """Return an alert for a webhook with status 500; `told` are the request's parameters."""
    url = "https://sms.example.com/sms/counter"
    text = {"sourceComponent": "14100", "httpResponse": "500", "url": url, "ErrorCode": "11200"}
    text |= {"LogLevel": "ERROR", "Msg": "Internal Server Error", "EmailNotification": "false"}
    date = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "account_sid": ACCOUNT,
        "alert_text": urlencode(text),
        "api_version": "2010-04-01",
        "date_created": date,
        "date_generated": date,
        "date_updated": date,
        "error_code": "11200",
        "log_level": "error",
        "more_info": "https://www.twilio.com/docs/errors/11200",
        "request_headers": None,
        "request_method": "POST",
        "request_url": url,
        "request_variables": urlencode(told),
        "resource_sid": told.get("MessageSid"),
        "response_body": "Something went wrong. See the server's log.\n",
        "response_headers": "Content-Type=text%2Fplain%3B+charset%3Dutf-8&Content-Length=55",
        "service_sid": None,
        "sid": sid,
        "url": f"https://monitor.twilio.com/v1/Alerts/{sid}",
        **changed,
    }


def list_alerts(stand_in: StandIn, asked: Asked) -> Said:
    since = datetime.fromisoformat(asked.given["StartDate"][0])
    found = [
        {name: value for name, value in each.items() if name not in ONE_ALERT}
        for each in stand_in.alerts
        if datetime.fromisoformat(each["date_generated"]) >= since
    ]
    url = "https://monitor.twilio.com/v1/Alerts?PageSize=1000&Page=0"
    meta = {"page": 0, "page_size": 1000, "first_page_url": url, "previous_page_url": None}
    return 200, {
        "alerts": found,
        "meta": {**meta, "url": url, "next_page_url": None, "key": "alerts"},
    }


def fetch_alert(stand_in: StandIn, asked: Asked, sid: str) -> Said:
    return fetched(stand_in.alerts, asked, sid)


def list_services(stand_in: StandIn, _: Asked) -> Said:
    url = "https://messaging.twilio.com/v1/Services?PageSize=20&Page=0"
    meta = {"page": 0, "page_size": 20, "first_page_url": url, "previous_page_url": None}
    meta |= {"url": url, "next_page_url": None, "key": "services"}
    return 200, {"services": stand_in.services, "meta": meta}


def fetch_service(stand_in: StandIn, asked: Asked, sid: str) -> Said:
    return fetched(stand_in.services, asked, sid)


def update_service(stand_in: StandIn, asked: Asked, sid: str) -> Said:
    status, found = fetch_service(stand_in, asked, sid)
    if status == 200:
        assert set(asked.given) <= SERVICE_VALUES, asked.given
        said = {field_of(name): values[0] for name, values in asked.given.items()}
        defers = said.pop("use_inbound_webhook_on_number")
        found.update(said, use_inbound_webhook_on_number=defers == "true")
    return status, found


def service_number(stand_in: StandIn, asked: Asked, service: str, sid: str) -> Said:
    if (service, sid) in stand_in.members:
        own = {"sid": sid, "service_sid": service, "account_sid": ACCOUNT}
        return 200, {**own, "phone_number": NUMBER, "country_code": "US", "capabilities": ["SMS"]}
    return error(404, 20404, f"The requested resource {asked.path} was not found")


def service(**changed: Any) -> dict[str, Any]:
    """Return a Messaging Service that handles the texts of its numbers itself."""
    own = {"sid": SERVICE, "account_sid": ACCOUNT, "friendly_name": "A service"}
    urls = {
        "inbound_request_url": None,
        "inbound_method": "POST",
        "fallback_url": None,
        "fallback_method": "POST",
        "status_callback": None,
        "use_inbound_webhook_on_number": False,
    }
    return {**own, **urls, **changed}


def raw(status: str, content: bytes = b"", *headers: str) -> bytes:
    """Return the bytes of a response that is not JSON."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + content


def fetch_media(stand_in: StandIn, asked: Asked, sid: str) -> Said | bytes:
    """Redirect to the storage, with a signature that is valid for four hours, as documented."""
    if sid not in stand_in.media:
        return error(404, 20404, f"The requested resource {asked.path} was not found")
    target = f"https://{STORAGE}/{ACCOUNT}/{sid}?Expires=1&Signature=s%2Fs"
    return raw("307 Temporary Redirect", b"<TwilioResponse/>", f"Location: {target}")


def stored_media(stand_in: StandIn, asked: Asked) -> bytes:
    if asked.authorization:
        return raw("400 Bad Request")  # S3 does not accept two kinds of authentication
    found = stand_in.media.get(asked.path.rpartition("/")[2])
    if found is None or asked.given.get("Signature") != ["s/s"]:
        return raw("403 Forbidden")
    return raw("200 OK", found[1], f"Content-Type: {found[0]}")


def delete_media(stand_in: StandIn, asked: Asked, sid: str) -> Said | bytes:
    if stand_in.media.pop(sid, None) is None:
        return error(404, 20404, f"The requested resource {asked.path} was not found")
    return raw("204 No Content")


def look_up(_: StandIn, asked: Asked, number: str) -> Said:
    """See `lookups_v2_phone_number` in `twilio_lookups_v2.json`."""
    fields = asked.given.get("Fields", [""])[0].split(",")
    line = {
        "mobile_country_code": "310",
        "mobile_network_code": "456",
        "carrier_name": "verizon",
        "type": "mobile",
        "error_code": None,
    }
    name = {"caller_name": "Sergio Suarez", "caller_type": "CONSUMER", "error_code": None}
    return 200, {
        "calling_country_code": "1",
        "country_code": "US",
        "phone_number": number,
        "national_format": "(415) 992-9960",
        "valid": number != "+15550000000",
        "validation_errors": [],
        "caller_name": name if "caller_name" in fields else None,
        "line_type_intelligence": line if "line_type_intelligence" in fields else None,
        "sim_swap": None,
        "url": f"https://lookups.twilio.com/v2/PhoneNumbers/{number}",
    }


MEDIA_PATH = f"{API}/Messages/[SM]M[0-9a-f]{{32}}/Media/(ME[0-9a-f]{{32}})"
ROUTES: list[tuple[str, str, str, Callable[..., Said | bytes]]] = [
    (HOSTS[0], "GET", f"{API}/IncomingPhoneNumbers.json", list_numbers),
    (HOSTS[0], "GET", f"{API}/IncomingPhoneNumbers/([^/.]+).json", fetch_number),
    (HOSTS[0], "POST", f"{API}/IncomingPhoneNumbers/([^/.]+).json", update_number),
    (HOSTS[0], "POST", f"{API}/Messages.json", create_message),
    (HOSTS[0], "GET", f"{API}/Messages.json", list_messages),
    (HOSTS[0], "GET", MEDIA_PATH, fetch_media),
    (HOSTS[0], "DELETE", rf"{MEDIA_PATH}\.json", delete_media),
    (HOSTS[2], "GET", r"/v2/PhoneNumbers/([^/]+)", look_up),
    (HOSTS[3], "GET", "/v1/Alerts", list_alerts),
    (HOSTS[3], "GET", "/v1/Alerts/([^/]+)", fetch_alert),
    (HOSTS[1], "GET", "/v1/Services", list_services),
    (HOSTS[1], "GET", "/v1/Services/([^/]+)", fetch_service),
    (HOSTS[1], "POST", "/v1/Services/([^/]+)", update_service),
    (HOSTS[1], "GET", "/v1/Services/([^/]+)/PhoneNumbers/([^/]+)", service_number),
]


class _Tunnel(Handler):
    """Speaks TLS in the tunnel of a CONNECT request, and responds there."""

    protocol_version = "HTTP/1.1"
    server: "_Proxy"
    host = ""

    def do_CONNECT(self) -> None:
        self.host = self.path.partition(":")[0]
        if self.host not in HOSTS:
            self.send_error(403, f"{self.host} is not for this test")
            return
        self.send_response(200)
        self.end_headers()
        try:
            self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        except OSError:  # the client does not trust our authority
            self.close_connection = True
            return
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb")
        self.close_connection = False

    def do_GET(self) -> None:
        self._answer(parse_qs(urlsplit(self.path).query, keep_blank_values=True))

    def do_DELETE(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        self._answer(parse_qs(self.body().decode(), keep_blank_values=True))

    def _answer(self, given: dict[str, list[str]]) -> None:
        asked = Asked(self.command, self.host, urlsplit(self.path).path, given)
        said = self.server.stand_in.said(asked, self.headers.get("Authorization", ""))
        if isinstance(said, bytes):
            self.wfile.write(said)
            self.close_connection = True
        else:
            status, value = said
            self.answer(json.dumps(value).encode(), "application/json;charset=utf-8", status)
        self.wfile.flush()

    def finish(self) -> None:
        super().finish()
        if isinstance(self.connection, ssl.SSLSocket):
            self.connection.close()


class _Direct(_Tunnel):
    """Responds without a proxy and without TLS, for one of Twilio's hosts."""

    def setup(self) -> None:
        super().setup()
        self.host = self.server.host


class _Proxy(Server):
    stand_in: StandIn
    tls: ssl.SSLContext
    host = ""


@contextmanager
def rest(folder: Path) -> Iterator[StandIn]:
    """Run the stand-in, and yield it with the environment for commands that use it."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "rest-authority.pem")
    with serving(_Proxy(_Tunnel)) as proxy:
        proxy.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*HOSTS).configure_cert(proxy.tls)
        proxy.stand_in = StandIn(
            {
                "https_proxy": proxy.url,
                "NO_PROXY": "",
                "no_proxy": "",
                "REQUESTS_CA_BUNDLE": str(folder / "rest-authority.pem"),
                "TWILIO_ACCOUNT_SID": ACCOUNT,
                "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            }
        )
        yield proxy.stand_in


@contextmanager
def rest_by_http() -> Iterator[tuple[StandIn, dict[str, str]]]:
    """Run the stand-in without proxy and TLS; yield it, and a local origin for each of Twilio's."""
    stand_in, elsewhere = StandIn({}), {}
    with ExitStack() as stack:
        for host in (*HOSTS, STORAGE):
            server = stack.enter_context(serving(_Proxy(_Direct)))
            server.stand_in, server.host = stand_in, host
            elsewhere[f"https://{host}"] = server.url
        elsewhere[f"https://{S3}"] = elsewhere[f"https://{STORAGE}"]
        yield stand_in, elsewhere
