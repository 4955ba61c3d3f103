"""A stand-in for Twilio's REST interface, on a free port of 127.0.0.1.

It answers as the published description says (https://github.com/twilio/twilio-oai,
`spec/json/twilio_api_v2010.json` and `twilio_messaging_v1.json`): paths, parameters and the fields
of its answers are from there, the shape of its errors from
https://www.twilio.com/docs/usage/twilios-response. The official client reaches it unchanged: it is
the proxy that HTTPS_PROXY names, and speaks TLS with a certificate for `api.twilio.com` and
`messaging.twilio.com` of an authority that REQUESTS_CA_BUNDLE names. No other host is let through.
"""

import json
import re
import ssl
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import trustme

ACCOUNT, KEY = "AC" + "a1" * 16, "SK" + "b2" * 16
KEY_SECRET, AUTH_TOKEN = "an API key's secret", "12345678901234567890123456789012"
NUMBER, NUMBER_SID = "+15559870002", "PN" + "c3" * 16
SERVICE, APPLICATION = "MG" + "d4" * 16, "AP" + "e5" * 16
HOSTS = ("api.twilio.com", "messaging.twilio.com")

API = f"/2010-04-01/Accounts/{ACCOUNT}"
SMS_VALUES = {"SmsUrl", "SmsMethod", "SmsFallbackUrl", "SmsFallbackMethod"}
OF_A_MESSAGE = {"To", "From", "Body", "MediaUrl", "MessagingServiceSid"}

Said = tuple[int, dict[str, Any]]


def error(status: int, code: int, message: str) -> Said:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return status, {"code": code, "message": message, "more_info": more, "status": status}


def number(**changed: Any) -> dict[str, Any]:
    """An IncomingPhoneNumber as it is when it was just bought, with these fields changed."""
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
    """One request: its parameters are lists of values, from the query or the form."""

    method: str
    host: str
    path: str
    given: dict[str, list[str]]


@dataclass
class StandIn:
    """What the account has, what is refused to whom, and what was asked."""

    environ: dict[str, str]
    numbers: list[dict[str, Any]] = field(default_factory=lambda: [number()])
    services: list[dict[str, Any]] = field(default_factory=list)
    members: set[tuple[str, str]] = field(default_factory=set)
    refused: dict[str, Said] = field(default_factory=dict)
    """What a recipient's texts are answered with, instead of 201."""
    instead: Callable[[Asked], Said | bytes | None] = lambda _: None
    """A whole answer, or raw bytes before the connection closes, instead of the right one."""
    asked: list[Asked] = field(default_factory=list)

    def said(self, asked: Asked, authorization: str) -> Said | bytes:
        self.asked.append(asked)
        if (odd := self.instead(asked)) is not None:
            return odd
        pairs = {f"{ACCOUNT}:{AUTH_TOKEN}", f"{KEY}:{KEY_SECRET}"}
        if authorization not in {f"Basic {b64encode(each.encode()).decode()}" for each in pairs}:
            return error(401, 20003, "Authenticate")
        for host, method, path, answer in ROUTES:
            match = re.fullmatch(path, asked.path)
            if match and (host, method) == (asked.host, asked.method):
                return answer(self, asked, *match.groups())
        return error(404, 20404, f"The requested resource {asked.path} was not found")

    def posted(self, path: str) -> list[dict[str, str]]:
        """The forms that were posted to a path, of repeated names the values joined by a space."""
        forms = [each for each in self.asked if (each.method, each.path) == ("POST", path)]
        return [{name: " ".join(of) for name, of in each.given.items()} for each in forms]


def list_numbers(stand_in: StandIn, asked: Asked) -> Said:
    """The filter is a part of a number, as it is published."""
    part = asked.given.get("PhoneNumber", [""])[0].replace("+", "")
    found = [each for each in stand_in.numbers if part in each["phone_number"]]
    page = {"page": 0, "page_size": 20, "start": 0, "end": len(found), "next_page_uri": None}
    uris = {"first_page_uri": "", "previous_page_uri": None, "uri": f"{API}/Incoming….json"}
    return 200, {"incoming_phone_numbers": found, **page, **uris}


def update_number(stand_in: StandIn, asked: Asked, sid: str) -> Said:
    for each in stand_in.numbers:
        if each["sid"] == sid:
            assert set(asked.given) <= SMS_VALUES, asked.given
            url = asked.given.get("SmsUrl", ["https://x"])[0]
            if not re.match("https?://[^/]", url):
                return error(400, 21402, f"SmsUrl is not valid: {url}")
            names = {name: re.sub(r"(?<=.)([A-Z])", r"_\1", name).lower() for name in SMS_VALUES}
            each.update({names[name]: values[0] for name, values in asked.given.items()})
            return 200, each
    return error(404, 20404, f"The requested resource {asked.path} was not found")


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
    sid = ("MM" if "MediaUrl" in said else "SM") + f"{len(stand_in.asked):032x}"
    status = "accepted" if "MessagingServiceSid" in said else "queued"
    return 201, message(sid, status, said, len(asked.given.get("MediaUrl", [])))


def message(sid: str, status: str, said: dict[str, str], media: int) -> dict[str, Any]:
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
    }


def list_services(stand_in: StandIn, _: Asked) -> Said:
    url = "https://messaging.twilio.com/v1/Services?PageSize=20&Page=0"
    meta = {"page": 0, "page_size": 20, "first_page_url": url, "previous_page_url": None}
    meta |= {"url": url, "next_page_url": None, "key": "services"}
    return 200, {"services": stand_in.services, "meta": meta}


def service_number(stand_in: StandIn, asked: Asked, service: str, sid: str) -> Said:
    if (service, sid) in stand_in.members:
        own = {"sid": sid, "service_sid": service, "account_sid": ACCOUNT}
        return 200, {**own, "phone_number": NUMBER, "country_code": "US", "capabilities": ["SMS"]}
    return error(404, 20404, f"The requested resource {asked.path} was not found")


def service(**changed: Any) -> dict[str, Any]:
    """A Messaging Service that does not leave the webhook to its numbers."""
    own = {"sid": SERVICE, "account_sid": ACCOUNT, "friendly_name": "A service"}
    urls = {"inbound_request_url": None, "use_inbound_webhook_on_number": False}
    return {**own, **urls, **changed}


ROUTES: list[tuple[str, str, str, Callable[..., Said]]] = [
    (HOSTS[0], "GET", f"{API}/IncomingPhoneNumbers.json", list_numbers),
    (HOSTS[0], "POST", f"{API}/IncomingPhoneNumbers/([^/.]+).json", update_number),
    (HOSTS[0], "POST", f"{API}/Messages.json", create_message),
    (HOSTS[1], "GET", "/v1/Services", list_services),
    (HOSTS[1], "GET", "/v1/Services/([^/]+)/PhoneNumbers/([^/]+)", service_number),
]


class _Tunnel(BaseHTTPRequestHandler):
    """Speaks TLS in the tunnel that CONNECT asks for, and answers there."""

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
        except OSError:  # whoever asks does not trust our authority
            self.close_connection = True
            return
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb")
        self.close_connection = False

    def do_GET(self) -> None:
        self._answer(parse_qs(urlsplit(self.path).query, keep_blank_values=True))

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer(parse_qs(form, keep_blank_values=True))

    def _answer(self, given: dict[str, list[str]]) -> None:
        asked = Asked(self.command, self.host, urlsplit(self.path).path, given)
        said = self.server.stand_in.said(asked, self.headers.get("Authorization", ""))
        if isinstance(said, bytes):
            self.wfile.write(said)
            self.close_connection = True
        else:
            content = json.dumps(said[1]).encode()
            self.send_response(said[0])
            self.send_header("Content-Type", "application/json;charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        self.wfile.flush()

    def finish(self) -> None:
        super().finish()
        if isinstance(self.connection, ssl.SSLSocket):
            self.connection.close()

    def log_message(self, *_: Any) -> None:
        pass


class _Proxy(ThreadingHTTPServer):
    stand_in: StandIn
    tls: ssl.SSLContext

    def handle_error(self, *_: Any) -> None:
        """A client that hangs up is no failure of a test."""


@contextmanager
def rest(folder: Path) -> Iterator[StandIn]:
    """The stand-in, with the environment in which commands reach it."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "rest-authority.pem")
    with _Proxy(("127.0.0.1", 0), _Tunnel) as proxy:
        proxy.daemon_threads = True
        proxy.block_on_close = False
        proxy.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*HOSTS).configure_cert(proxy.tls)
        proxy.stand_in = StandIn(
            {
                "https_proxy": f"http://127.0.0.1:{proxy.server_port}",
                "NO_PROXY": "",
                "no_proxy": "",
                "REQUESTS_CA_BUNDLE": str(folder / "rest-authority.pem"),
                "TWILIO_ACCOUNT_SID": ACCOUNT,
                "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            }
        )
        threading.Thread(target=proxy.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield proxy.stand_in
        finally:
            proxy.shutdown()
