"""Traces with OpenTelemetry: a span for each turn, and inside it one for each call of a service.

A span has the same data as the log: the flow, the outcome, the message SID, the type and place of
an error; but no numbers, texts, or error messages. This module is imported only if
OTEL_EXPORTER_OTLP_ENDPOINT is set. The SDK reads its other variables itself, such as
OTEL_SERVICE_NAME and OTEL_TRACES_SAMPLER.
"""

import atexit
import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from parley.instrumentation import has, instrumented
from parley.logging import kept_from_the_reply, message_fields, record, without_words
from parley.metrics import Services
from parley.refusals import Refusal
from parley.request import USUAL_METHODS, Request
from parley.response import Response
from parley.tracing import tracing
from parley.turn_context import Turn

NAME = "parley"
STOP_SECONDS = 2.0
"""Maximum seconds for sending the last spans when the server stops."""

_PROPAGATOR = TraceContextTextMapPropagator()


class Traces:
    """Traces the turns of one application; `endpoint` is the collector's base URL.

    Each process starts its own exporter with its first turn, so that a fork does not inherit one.
    If the application has its own tracer provider, that one sends the spans.
    """

    def __init__(self, endpoint: str, public_url: str, prefix: str) -> None:
        self._endpoint = os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or (
            f"{endpoint.removesuffix('/')}/v1/traces"
        )
        self._prefix, self._server = prefix, _server(public_url)
        self._lock = threading.Lock()
        self._pid, self._tracer = 0, trace.get_tracer(NAME)
        self._provider: TracerProvider | None = None

    def turn(self, turn: Turn, answer: Callable[[Turn], Response]) -> Response:
        """Answer a turn within a span; requests outside of the prefix get none."""
        request = turn.request
        if not f"{request.path}/".startswith(self._prefix):
            return answer(turn)
        self._start()
        method = request.method if request.method in USUAL_METHODS else "_OTHER"
        route = request.path.rstrip("/") if turn.flow else ""
        with self._tracer.start_as_current_span(
            f"{'HTTP' if method == '_OTHER' else method} {route}".rstrip(),
            context=_parent(request),
            kind=SpanKind.SERVER,
            attributes={"http.request.method": method, **_place(request, route), **self._server},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            turn.trace = trace.format_trace_id(span.get_span_context().trace_id)
            token = tracing.set(self)
            try:
                response = answer(turn)
            finally:
                tracing.reset(token)
            with kept_from_the_reply():
                _describe(span, turn, response)
        return response

    def traced(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap a function that a script calls in a span; a service has one already."""
        if has(function, self._call):
            return function
        wrapped: Callable[..., Any] = instrumented(
            function, getattr(function, "__name__", "call"), self._call
        )
        return wrapped

    def headers(self) -> Mapping[str, str]:
        """Return `traceparent`, for the servers that flows call."""
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier)
        return carrier

    def instrumented(self, services: Services) -> Services:
        """Return the services, with a span for each call."""
        return {name: instrumented(each, name, self._call) for name, each in services.items()}

    def stop(self) -> None:
        """Send the last spans, within STOP_SECONDS."""
        provider, self._provider, self._pid = self._provider, None, 0
        if provider:
            thread = threading.Thread(target=provider.shutdown, daemon=True)
            thread.start()
            thread.join(STOP_SECONDS)

    def _start(self) -> None:
        """Start the exporter of this process, unless it is running."""
        if self._pid == os.getpid():
            return
        with self._lock:
            if self._pid == os.getpid():
                return
            if not isinstance(provider := trace.get_tracer_provider(), TracerProvider):
                provider = self._provider = TracerProvider(
                    resource=_resource(), shutdown_on_exit=False
                )
                provider.add_span_processor(BatchSpanProcessor(_Exporter(self._endpoint)))
                atexit.register(self.stop)
            self._tracer, self._pid = provider.get_tracer(NAME), os.getpid()

    @contextmanager
    def _call(self, name: str) -> Iterator[None]:
        """Open a span for one call of a service."""
        with self._tracer.start_as_current_span(
            name, kind=SpanKind.CLIENT, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except BaseException as error:
                _fail(span, error)
                if isinstance(status := getattr(error, "status", None), int):
                    span.set_attribute("http.response.status_code", status)
                raise


class _Exporter(SpanExporter):
    """Sends spans to a collector; logs the first failure, and the first success after it."""

    def __init__(self, endpoint: str) -> None:
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # a line for each batch
        self._exporter, self._fails = OTLPSpanExporter(endpoint=endpoint), False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        try:
            result = self._exporter.export(spans)
        except Exception:  # requests raises several for a URL that cannot be called
            result = SpanExportResult.FAILURE
        if self._fails != (fails := result is not SpanExportResult.SUCCESS):
            self._fails = fails
            if fails:
                reason = "the collector does not accept them; turns are answered as before"
                next_step = "check OTEL_EXPORTER_OTLP_ENDPOINT, and the collector"
                record("traces", level=logging.WARNING, reason=reason, next=next_step)
            else:
                record("traces", reason="the collector accepts them again")
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()  # type: ignore[no-untyped-call]


def _resource() -> Resource:
    """Return the resource: OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES, or `parley`."""
    found = Resource.create()
    is_named = not str(found.attributes.get(SERVICE_NAME, "")).startswith("unknown_service")
    return found if is_named else found.merge(Resource({SERVICE_NAME: NAME}))


def _parent(request: Request) -> Any:
    """Return the parent of a `traceparent` header, unless a span of this process is active."""
    if trace.get_current_span().get_span_context().is_valid:
        return None
    return _PROPAGATOR.extract(request.headers)


def _server(public_url: str) -> dict[str, str | int]:
    """Return the server's address, as Twilio calls it."""
    parts = urlsplit(public_url)
    server: dict[str, str | int] = {"url.scheme": parts.scheme}
    server["server.address"] = parts.hostname or ""
    return server | ({"server.port": parts.port} if parts.port else {})


def _place(request: Request, route: str) -> dict[str, str]:
    """Return the path if it is that of a flow; other paths could contain anything."""
    version = {"network.protocol.version": request.protocol.removeprefix("HTTP/")}
    return version | ({"http.route": route, "url.path": request.path} if route else {})


def _describe(span: Span, turn: Turn, response: Response) -> None:
    """Set the attributes for the outcome of a turn."""
    refusal = turn.error if isinstance(turn.error, Refusal) else None
    told = {
        "http.response.status_code": response.status,
        "parley.flow": turn.flow,
        "parley.outcome": None if refusal and response.status != 503 else turn.outcome,
        "parley.session": turn.session_state,
        "parley.refusal": refusal.counted_as if refusal else None,
        "parley.message_sid": message_fields(turn.parameters).get("sid"),
    }
    span.set_attributes({name: each for name, each in told.items() if each is not None})
    if response.status >= 500 and turn.error:
        _fail(span, turn.error)


def _fail(span: Span, error: BaseException) -> None:
    """Mark a span as failed, without the message of the error."""
    kind = type(error)
    name = (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )
    span.set_status(StatusCode.ERROR)
    span.set_attribute("error.type", name)
    span.add_event(
        "exception", {"exception.type": name, "exception.stacktrace": without_words(error)}
    )
