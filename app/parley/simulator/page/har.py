"""The requests of a conversation as an HTTP Archive, which browsers and tools can open.

Format: http://www.softwareishard.com/blog/har-12-spec/
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from parley.http_client import Request, Response
from parley.simulator.delivery import Delivery


def archive(deliveries: Iterable[Delivery]) -> dict[str, Any]:
    """Return all requests of these texts, with their responses and reports."""
    entries = [
        _entry(request, response, each.at)
        for each in deliveries
        for request, response in [*each.attempts, *each.receipts]
    ]
    creator = {"name": "Parley's phone", "version": "1"}
    return {"log": {"version": "1.2", "creator": creator, "entries": entries}}


def _entry(request: Request, response: Response | None, at: float) -> dict[str, Any]:
    spent = response.milliseconds if response else 0
    return {
        "startedDateTime": datetime.fromtimestamp(at, UTC).isoformat(),
        "time": spent,
        "request": _request(request),
        "response": _response(response),
        "cache": {},
        "timings": {"send": 0, "wait": spent, "receive": 0},
    }


def _request(request: Request) -> dict[str, Any]:
    made = {
        "method": request.method,
        "url": request.url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(request.headers.items()),
        "queryString": _pairs(parse_qsl(urlsplit(request.url).query, keep_blank_values=True)),
        "headersSize": -1,
        "bodySize": len(request.body),
    }
    if request.body:
        text = request.body.decode(errors="replace")
        parameters = _pairs(parse_qsl(text, keep_blank_values=True))
        kind = request.headers.get("Content-Type", "")
        made["postData"] = {"mimeType": kind, "params": parameters, "text": text}
    return made


def _response(response: Response | None) -> dict[str, Any]:
    content = response.content if response else b""
    return {
        "status": response.status if response else 0,
        "statusText": "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(response.headers) if response else [],
        "content": {
            "size": len(content),
            "mimeType": response.header("Content-Type") if response else "",
            "text": content.decode(errors="replace"),
        },
        "redirectURL": response.header("Location") if response else "",
        "headersSize": -1,
        "bodySize": len(content),
    }


def _pairs(items: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in items]
