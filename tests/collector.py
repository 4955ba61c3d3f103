"""A trace collector on a free port of 127.0.0.1; it receives and decodes OTLP over HTTP."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

SERVER, CLIENT = Span.SPAN_KIND_SERVER, Span.SPAN_KIND_CLIENT
FAILED = Status.STATUS_CODE_ERROR


@dataclass
class Taken:
    """A received span, with its IDs in hexadecimal."""

    name: str
    kind: int
    status: int
    trace: str
    span: str
    parent: str
    attributes: dict[str, Any]
    events: list[dict[str, Any]]
    resource: dict[str, Any]
    nanoseconds: int


@dataclass
class Collector:
    """The requests that a collector received; `status` is the status of its responses."""

    url: str
    status: int = 200
    spans: list[Taken] = field(default_factory=list)
    raw: bytes = b""
    """All received bytes, to search in."""

    def take(self) -> list[Taken]:
        """Return the spans received since the last call, in the order in which they started."""
        found, self.spans = sorted(self.spans, key=lambda each: each.nanoseconds), []
        return found


def values(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}


def spans_of(body: bytes) -> Iterator[Taken]:
    for group in ExportTraceServiceRequest.FromString(body).resource_spans:
        for scope in group.scope_spans:
            for span in scope.spans:
                yield Taken(
                    name=span.name,
                    kind=span.kind,
                    status=span.status.code,
                    trace=span.trace_id.hex(),
                    span=span.span_id.hex(),
                    parent=span.parent_span_id.hex(),
                    attributes=values(span.attributes),
                    events=[{"name": each.name, **values(each.attributes)} for each in span.events],
                    resource=values(group.resource.attributes),
                    nanoseconds=span.start_time_unix_nano,
                )


@contextmanager
def collecting() -> Iterator[Collector]:
    """Run a collector until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            is_right = self.path == "/v1/traces" and (
                self.headers["Content-Type"] == "application/x-protobuf"
            )
            if is_right and collector.status == 200:
                collector.raw += body
                collector.spans += spans_of(body)
            content = ExportTraceServiceResponse().SerializeToString()
            self.send_response(collector.status if is_right else 404)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        collector = Collector(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield collector
        finally:
            server.shutdown()
