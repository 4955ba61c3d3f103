"""gunicorn's server hooks, with the names of its documentation."""

import codecs
import errno
import importlib
import logging
import os
import socket
import sys
import time
import traceback
from contextlib import suppress
from types import TracebackType
from typing import Any

import gevent
from gunicorn.errors import AppImportError

import parley.web.flask  # noqa: F401  # before the fork, so that all workers share its memory
from parley.conversation import FlowError
from parley.logging import configure, record
from parley.loopback import is_loopback
from parley.server import (
    blocking_flows,
    body,
    configuration,
    idle_connections,
    metrics_folder,
    signals,
    worker_slots,
)
from parley.settings import Settings, SettingsError
from parley.settings.fingerprint import fingerprints
from parley.settings.notices import notices
from parley.turn import Webhook
from parley.twilio.url_spellings import without_password

CODECS = ("ascii", "latin-1", "utf-16-le", "utf-8-sig", "idna")
"""Codecs to load at the start, instead of in the first turn that needs them."""
QUIET = 10
"""Seconds between two log lines about the limit of open files."""
_reports: dict[str, float] = {}

__all__ = [
    "child_exit",
    "on_starting",
    "post_fork",
    "post_request",
    "post_worker_init",
    "pre_fork",
    "pre_request",
    "when_ready",
    "worker_abort",
    "worker_exit",
]


def on_starting(server: Any) -> None:
    """Check the settings, the application and the address before anything listens."""
    _check_in_a_child(server.app)
    settings = Settings.load()
    configure(settings.log_format)
    for notice in notices(os.environ):
        record("setting", level=logging.WARNING, next=notice)
    if server.cfg.worker_connections < configuration.MOST_CONNECTIONS:
        _report_few_connections(server.cfg.worker_connections)
    if settings.is_development:
        _check_development(server.cfg)
        configuration.reloader()  # what it imports, each worker has from here
    if settings.trace_endpoint:
        with suppress(ModuleNotFoundError):  # the application says so
            importlib.import_module("parley.traces")  # all workers share its memory
    if settings.has_metrics:
        metrics_folder.make(server.cfg.uid, server.cfg.gid)


def when_ready(_server: Any) -> None:
    """Make SIGINT and SIGTERM equivalent."""
    signals.stop_gracefully()
    signals.end_while_booting()


def pre_fork(_server: Any, worker: Any) -> None:
    worker_slots.take(worker)


def post_fork(_server: Any, worker: Any) -> None:
    """Choose the metrics files of this worker, before the application is loaded."""
    if reloader := configuration.reloader():
        reloader.boot()
    number = worker_slots.own(worker)
    if metrics_folder.VARIABLE in os.environ:
        from parley.prometheus import count_in_slot

        count_in_slot(number)


def post_worker_init(worker: Any) -> None:
    """Load codecs, and redirect gevent's errors to Parley's log, before the worker serves."""
    for codec in CODECS:
        codecs.lookup(codec)
    hub = gevent.get_hub()
    hub.exception_stream = None  # gevent's own traceback could block on the log's reader
    as_usual = hub.handle_error

    def handle_error(
        context: Any, kind: type[BaseException], error: Any, trace: TracebackType | None
    ) -> None:
        if not issubclass(kind, hub.NOT_ERROR):
            _report(error)
        as_usual(context, kind, error, trace)

    hub.handle_error = handle_error
    gevent.spawn(blocking_flows.watch)
    webhook = _webhook(worker)
    if webhook:
        webhook.memory.open()
    if phone_worker := getattr(worker.wsgi, "extensions", {}).get("parley_phone_worker"):
        phone_worker.start()
    reloader = configuration.reloader()
    if not (reloader and reloader.start(worker.wsgi, lambda: worker_exit(None, worker))):
        _introduce(webhook)


def pre_request(_worker: Any, req: Any) -> None:
    """Limit the time of this request's body and response, and record its flow.

    It is recorded twice: the slot survives a worker that is killed in a C call, and has one flow;
    `blocking_flows` has all flows of this worker, and which of them were slow.
    """
    connection = idle_connections.remove()
    connection.settimeout(body.SECONDS)
    req.body.reader = body.BodyReader(req, connection)
    blocking_flows.begins(worker_slots.note(req.path))


def post_request(_worker: Any, req: Any, environ: dict[str, Any], _resp: Any) -> None:
    """End the request, and yield to other greenlets: a busy connection would block the worker."""
    blocking_flows.ends()
    if connection := environ.get("gunicorn.socket"):
        if body.has_rest(req.body.reader, environ):
            body.discard_rest(connection)
        connection.settimeout(None)
        idle_connections.add(connection)
    gevent.sleep(0)


def worker_abort(_worker: Any) -> None:
    """Log the flow of a worker that gunicorn ends after it was blocked for `timeout` seconds."""
    record(
        "worker",
        level=logging.ERROR,
        reason="blocked",
        flow=blocking_flows.current() or None,
        next="this flow computes for too long; the worker is replaced",
    )
    worker_slots.forget()


def worker_exit(_server: Any, worker: Any) -> None:
    worker_slots.forget()
    if webhook := _webhook(worker):
        webhook.memory.close()
        if webhook.traces:
            webhook.traces.stop()
    if metrics_folder.VARIABLE in os.environ:
        from parley import prometheus

        prometheus.close()


def child_exit(_server: Any, worker: Any) -> None:
    worker_slots.release(worker)


def _check_in_a_child(application: Any) -> None:
    """Exit if a worker could not load the application: its settings or its flows are wrong.

    It is loaded in a child process. If this process loaded it, all later workers would inherit its
    modules, and a reload could not change them.
    """
    child = os.fork()
    if child == 0:
        status = 1
        os.environ.pop(metrics_folder.VARIABLE, None)  # the folder is made after this check
        sys.dont_write_bytecode |= bool(configuration.reloader())  # as in Reloader.boot
        try:
            application.wsgi()
            status = 0
        except (SettingsError, FlowError, AppImportError) as error:
            print(f"{error}\nParley did not start.", file=sys.stderr, flush=True)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    if os.waitpid(child, 0)[1]:
        sys.exit(1)


def _report_few_connections(number: int) -> None:
    record(
        "setting",
        level=logging.WARNING,
        next=f"Each worker holds {number:,} connections at once, not "
        f"{configuration.MOST_CONNECTIONS:,}: raise the limit of open files (ulimit -n).",
    )


def _check_development(cfg: Any) -> None:
    """Exit unless one worker is to listen on a free port of this machine."""
    if cfg.workers != 1:
        sys.exit("In development Parley runs one worker: the phone keeps its cookies in memory.")
    is_here = (isinstance(each, tuple) and is_loopback(each[0]) for each in cfg.address)
    if "LISTEN_FDS" in os.environ or not all(is_here):
        sys.exit("In development Parley listens on this machine only: drop --bind and LISTEN_FDS.")
    for address in cfg.address:
        try:
            with socket.create_server(address):
                pass
        except OSError as error:
            in_use = error.errno == errno.EADDRINUSE
            why = "another program listens there" if in_use else str(error.strerror)
            sys.exit(
                f"Parley cannot listen on {address[0]}:{address[1]}: {why}. Stop it, or choose "
                "another port for PUBLIC_URL in var/development.env."
            )


def _report(error: BaseException) -> None:
    """Log an error of gevent's hub, such as a connection that could not be accepted."""
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        if time.monotonic() < _reports.get("files", 0) + QUIET:
            return
        _reports["files"] = time.monotonic()
        record(
            "accept",
            level=logging.WARNING,
            reason=error.strerror,
            next="raise the limit of open files (ulimit -n), or put a proxy in front",
        )
    else:
        record("failed", level=logging.ERROR, error=error)


def _webhook(worker: Any) -> Webhook | None:
    """Return the webhook of a worker's application; None for one without Parley."""
    found: Webhook | None = getattr(getattr(worker, "wsgi", None), "extensions", {}).get("parley")
    return found


def _introduce(webhook: Webhook | None) -> None:
    """Log the fingerprints of this worker's secrets; in development print how to send a text."""
    settings = Settings.load()
    if not settings.is_development:
        record(
            "serving",
            pid=os.getpid(),
            session_secret=fingerprints(settings.session_secrets),
            auth_token=fingerprints(settings.auth_tokens) or None,
            shared_key=fingerprints(settings.shared_keys) or None,
        )
        return
    url = without_password(settings.public_url)
    print(f"Parley answers at {url} in development mode; Ctrl-C stops it.", flush=True)
    if webhook and webhook.flows:
        names = list(webhook.flows)
        print(f"Text it from the phone at {url}/phone/ or by command: parley text {names[0]} hi")
        print(f"Its flows, each at {url}{webhook.prefix}<flow>: {', '.join(names)}.", flush=True)
