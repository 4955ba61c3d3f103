"""Create the webhook from the settings: flows, memory, and the other dependencies of a turn."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from logging import WARNING
from typing import TYPE_CHECKING, Any

from parley import delivery_receipts as receipts
from parley import logging
from parley.conversation import Flow, FlowError, sentences
from parley.conversation.dependencies import Bound
from parley.conversation.opt_out import HELP, START, STOP
from parley.delivery_receipts import Receipts
from parley.loading import Loaded, Routes, bind_all, load, make_router
from parley.media import MediaFolder
from parley.memory import Memory
from parley.memory.cookie import CookieMemory
from parley.metrics import NullMetrics
from parley.operators import Operators
from parley.request import PREFIX
from parley.senders import Senders
from parley.sessions import SessionCookie
from parley.settings import Settings, SettingsError
from parley.turn import Explain, Webhook
from parley.twilio.signature import Verifier

if TYPE_CHECKING:
    from parley.traces import Traces


def make_webhook(
    settings: Settings,
    problems: Sequence[str] = (),
    *,
    flows: Iterable[str],
    services: Mapping[str, Any],
    routes: Routes,
    clock: Callable[[], float],
    prefix: str = PREFIX,
    media: MediaFolder | None = None,
) -> Webhook:
    """Create the webhook.

    `problems` of the settings are reported with those of the flows. Raises SettingsError and
    FlowError.
    """
    try:
        loaded = load(settings, flows=flows, services=services, clock=clock, media=media)
        metrics, traces = make_metrics(settings, loaded.flows), make_traces(settings, prefix)
        traced = (traces.instrumented,) if traces else ()
        bound = bind_all(loaded.instrumented(metrics.instrumented, *traced), settings, problems)
    except FlowError as error:
        if problems:
            raise SettingsError([*problems, f"{error}."]) from error
        raise
    memory = make_memory(settings, clock, metrics)
    webhook = _webhook(settings, loaded, bound, metrics, routes, clock, prefix, memory)
    return replace(webhook, traces=traces)


def _webhook(
    settings: Settings,
    loaded: Loaded,
    bound: dict[str, Bound],
    metrics: NullMetrics,
    routes: Routes,
    clock: Callable[[], float],
    prefix: str,
    memory: Memory,
) -> Webhook:
    return Webhook(
        flows=bound,
        router=make_router(settings, bound, routes, clock),
        verifier=make_verifier(settings),
        memory=memory,
        operators=make_operators(settings, memory),
        metrics=metrics,
        receipts=Receipts(metrics, loaded.services.get("on_undelivered")),
        status_callback=make_status_callback(settings, prefix),
        senders=Senders(settings.blocked_numbers),
        opt_out_words=settings.opt_out_words,
        keyword_texts=make_keyword_texts(settings),
        explain=make_explain(settings, clock),
        prefix=prefix,
    )


def make_status_callback(settings: Settings, prefix: str) -> str | None:
    """Return the URL for delivery receipts; None without STATUS_CALLBACKS."""
    return f"{settings.public_url}{prefix}{receipts.NAME}" if settings.status_callbacks else None


def make_operators(settings: Settings, memory: Memory) -> Operators:
    """Return the operators, who answer instead of a flow."""
    return Operators(memory, frozenset(settings.operators), 3_600 * settings.operator_hours)


def make_memory(settings: Settings, clock: Callable[[], float], metrics: NullMetrics) -> Memory:
    """Return the storage of conversations. Raises SettingsError if the database cannot be used."""
    sessions = SessionCookie(settings.session_secrets, clock, name=settings.session_cookie_name)
    if not settings.database_url:
        return CookieMemory(sessions)
    from parley.memory.database import Database
    from parley.memory.postgres import PostgresMemory
    from parley.memory.retention import Retention

    database = Database(settings.database_url, settings.database_connections)
    if problem := database.problem():
        raise SettingsError([problem])
    memory = PostgresMemory(database, sessions, clock)
    database.chores.append(Retention(settings.keep_days, memory.now).step)
    metrics.watch(memory.states)
    if not settings.leaves_database:
        return memory
    from parley.memory.leaving import LeavingMemory

    return LeavingMemory(memory)


def make_keyword_texts(settings: Settings) -> dict[str, str]:
    """Return the replies to STOP, HELP and START if Twilio does not answer them."""
    defaults = {STOP: sentences.OPTED_OUT, HELP: sentences.HELP, START: sentences.OPTED_IN}
    return {
        keyword: settings.keyword_replies.get(keyword) or sentences.say(settings.language, default)
        for keyword, default in defaults.items()
    }


def make_verifier(settings: Settings) -> Verifier:
    """Return the verifier of Twilio's signatures."""
    return Verifier(
        settings.public_url,
        settings.auth_tokens,
        settings.shared_keys,
        settings.allowed_accounts,
        accept_unsigned_json=settings.is_development,
        on_warning=warn,
    )


def warn(text: str) -> None:
    """Log a warning about a request that is accepted only in development."""
    logging.record("warning", level=WARNING, reason=text)


def make_metrics(settings: Settings, flows: Mapping[str, Flow]) -> NullMetrics:
    """Return the metrics of these flows; without METRICS_TOKEN, the null implementation."""
    if not settings.has_metrics:
        return NullMetrics()
    from parley.prometheus import Metrics

    return Metrics(flows)


def make_explain(settings: Settings, clock: Callable[[], float]) -> Explain | None:
    """Return the function that explains a refused signature; None without EXPLAIN_REFUSALS."""
    if not settings.explain_refusals:
        return None
    from parley.diagnosis.throttle import Throttle

    return Throttle(settings, clock).explained


def make_traces(settings: Settings, prefix: str) -> "Traces | None":
    """Return the tracer of turns; None without OTEL_EXPORTER_OTLP_ENDPOINT."""
    if not settings.trace_endpoint:
        return None
    try:
        from parley.traces import Traces
    except ModuleNotFoundError:
        next_step = (
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but the packages for traces are not installed: "
            "pip install 'parley-sms[traces]'."
        )
        logging.record("setting", level=WARNING, next=next_step)
        return None
    return Traces(settings.trace_endpoint, settings.public_url, prefix)
