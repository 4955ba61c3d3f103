"""How gunicorn serves Parley; it reads this file by itself, from the folder it starts in."""

import errno
import gc
import ipaddress
import mmap
import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parent))

from app import FlowError, Settings, SettingsError, residents
from app.web.metrics_door import HOST
from app.web.shared_counts import free_place, make_folder
from app.wire.public_url import shown

try:
    settings = Settings.load()
except SettingsError:
    settings = None  # on_starting says what is wrong, and nothing listens

CHECKED_WITHIN = 20  # seconds for the check of a reload

wsgi_app = "wsgi:app"
development = settings is not None and settings.is_development

if settings is not None:
    workers = settings.workers
    threads = settings.threads
worker_class = "app.web.gunicorn.Worker"
logger_class = "app.web.gunicorn_logger.Logger"
bind = "127.0.0.1:8000"
if settings is not None and not development:
    bind = "0.0.0.0:8000"
elif development and settings.public_url.startswith("http://"):
    address = urlsplit(settings.public_url).netloc.rpartition("@")[2]
    bind = address if urlsplit(settings.public_url).port else f"{address}:80"
if Path("/dev/shm").is_dir():
    worker_tmp_dir = "/dev/shm"  # a heartbeat file on a slow disk would look like a hung worker

# Twilio waits 15 seconds for an answer. A worker that gives no sign of life is killed after 20; its
# threads give one for it, so that this does not end a flow or a sender that hangs: senders are
# given 10 seconds for the next byte (app/web/gunicorn.py), and slow ones are what the buffering
# proxy in front is for.
timeout = 20
graceful_timeout = 20

# A worker is replaced after so many turns, so that no leak grows for ever; not all at once. One
# alone is not: gunicorn starts the next when it has ended, up to 20 s after its last accept.
max_requests = 0 if settings is None or settings.workers == 1 else 100_000
max_requests_jitter = 20_000

# The parser in Python, also where gunicorn's fast one is installed: docs/decisions/0018.
http_parser = "python"

# The contract's limits. The application adds up all headers; one alone may be as large as all.
limit_request_line = 8_190
limit_request_fields = 90
limit_request_field_size = 16_384
permit_unconventional_http_method = True  # refused with 405 by the application

# PUBLIC_URL says what Twilio called; nothing that a request says of it is believed.
forwarded_allow_ips = "*"  # spares looking: the two lists of what is believed are empty
forwarder_headers = ""
secure_scheme_headers = {}
control_socket_disable = True

# One line a turn comes from the application. This log is off; switched on with
# --access-logfile, it shows the path without the query, in which a GET has number and text.
access_log_format = '%(h)s "%(m)s %(U)s %(H)s" %(s)s %(b)s %(M)sms'
loglevel = "warning" if development else "info"


def on_starting(server):
    """Check settings, flows and address before anything listens."""
    if settings is None:
        _start(Settings.load)
    if development:
        if server.cfg.workers != 1:
            sys.exit(
                "In development Parley runs one worker: the phone keeps its cookies in memory."
            )
        for address in server.cfg.address:
            _check_free(address, "PUBLIC_URL in var/development.env")
    _add_metrics(server)
    _start(_load, server)
    server.reload = _checked(server.reload)
    server.is_stopping = mmap.mmap(-1, 1)  # one byte that the workers see, too
    server.stop = _announced(server.stop, server.is_stopping)


def on_reload(server):
    _load_anew(server)
    gc.unfreeze()
    gc.collect()  # the old application is a ring, of which this process would keep one a reload


def _load_anew(server):
    before, close_before = server.app.callable, server.close_counts
    _share_counts(server)
    try:
        _load(server)
    except Exception as error:  # what was checked a moment ago has changed since
        server.app.callable, server.close_counts = before, close_before
        _not_reloaded(str(error))
    else:
        close_before()


def _start(step, *arguments):
    try:
        step(*arguments)
    except (SettingsError, FlowError) as error:
        sys.exit(f"{error}\nParley did not start.")


def _load(server):
    """Make the application here, once, and let the workers inherit it.

    A worker that takes another's place so has the settings of its siblings, whatever is being done
    to their files, and their memory, too. gunicorn's `preload_app` would do it before the settings
    are checked, and never again.
    """
    if not server.cfg.reload:  # else each worker reads the code anew
        server.app.callable = None
        server.app.wsgi()
    for file in Path(server.counts).iterdir() if server.counts else ():
        os.chown(file, server.cfg.uid, server.cfg.gid)  # workers of another user read them, too


def pre_fork(server, worker):
    """Give the worker a place of its own, of which the metrics make a file."""
    worker.place = free_place(each.place for each in server.WORKERS.values())


def post_fork(server, worker):
    server.place = worker.place  # in the worker's own copy of the server
    gc.freeze()  # what is inherited lives as long as the worker: no collection looks at it again
    gc.enable()
    worker.missed, worker.is_stopping = server.SIG_QUEUE, server.is_stopping


def _add_metrics(server):
    """Make the folder that the workers count in, and listen on METRICS_PORT, too."""
    port = settings.metrics_port
    ours = [address[1] for address in server.cfg.address if isinstance(address, tuple)]
    if port and port in ours:
        sys.exit(f"METRICS_PORT is {port}, where Parley itself listens: choose another.")
    if port and not {"GUNICORN_FD", "LISTEN_FDS"} & set(os.environ):  # else it listens already
        _check_free((HOST, port), "METRICS_PORT")
    server.counts, server.place, server.close_counts = None, "first", lambda: None
    _share_counts(server)
    _bind_metrics(server.cfg)
    server.setup = _bound_too(server.setup)


def _share_counts(server):
    if settings is None or not settings.has_metrics:
        return
    try:
        server.counts = server.counts or make_folder(server.cfg.uid, server.cfg.gid)
    except OSError as error:
        sys.exit(
            f"There is no folder to count in ({error.strerror}): make /dev/shm or /tmp writable, "
            "or unset METRICS_TOKEN and METRICS_PORT."
        )
    from app.web.metrics import count_in_files

    server.close_counts = count_in_files(server.counts, lambda: server.place)


def _bind_metrics(cfg):
    """Listen on METRICS_PORT beside whatever --bind says."""
    with suppress(SettingsError):
        if port := Settings.load().metrics_port:
            cfg.set("bind", [*cfg.bind, f"{HOST}:{port}"])


def _bound_too(setup):
    """A setup of the server that adds METRICS_PORT: at a reload gunicorn reads --bind again."""

    def bound_setup(app):
        _bind_metrics(app.cfg)
        setup(app)

    return bound_setup


def _check_free(address, setting):
    """End with a sentence where something else listens already; `setting` says what to change."""
    if not isinstance(address, tuple):
        return
    host, port = address[:2]
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            why = "something else listens there: stop it"
        else:
            why = f"that is not possible ({error.strerror}): free it"
        sys.exit(
            f"Parley cannot listen on {host}:{port}, {why}, or choose another port for {setting}."
        )


def _checked(reload):
    """A reload that happens only where the new settings and flows would start."""

    def checked_reload():
        check = [sys.executable, "-c", "from app import create_app; create_app()"]
        folder = str(Path(__file__).parent)
        path = os.pathsep.join(filter(None, [folder, os.environ.get("PYTHONPATH", "")]))
        try:
            tried = subprocess.run(
                check,
                env={**os.environ, "PYTHONPATH": path},
                capture_output=True,
                text=True,
                check=False,
                timeout=CHECKED_WITHIN,
            )
            ended, said = tried.returncode, tried.stderr.strip()
        except OSError as error:
            ended, said = error.errno, ""
        except subprocess.TimeoutExpired:  # until then no signal is heard, not even SIGTERM
            ended, said = None, f"The check took more than {CHECKED_WITHIN} seconds. What hangs?"
        if ended == 0:
            _forget_code()
            reload()
            return
        if not said:  # killed, or never begun: an error here would end the whole server
            said = (
                f"The check came to no end (status {ended}): is there memory left? Then try again."
            )
        _not_reloaded(said.partition("SettingsError: ")[2] or said.splitlines()[-1])

    return checked_reload


def _announced(stop, is_stopping):
    """A stop that the workers can tell from a reload: after it, nobody else will answer."""

    def announced_stop(*arguments, **options):
        is_stopping[0] = 1
        stop(*arguments, **options)

    return announced_stop


def _forget_code():
    """Let gunicorn, which reads this file again, meet the code as it is now."""
    for name in [name for name in sys.modules if name.partition(".")[0] in ("app", "wsgi")]:
        del sys.modules[name]


def _not_reloaded(why):
    with suppress(OSError):  # where nothing can be said, the server goes on all the same
        print(f"Not reloaded, the old workers go on. {why.strip()}", file=sys.stderr, flush=True)


def _is_this_machine(listener):
    name = listener.sock.getsockname()
    return isinstance(name, tuple) and ipaddress.ip_address(name[0]).is_loopback


def when_ready(server):
    """Say in three lines what runs and how to text it."""
    gc.freeze()
    gc.enable()
    listening = [listener.sock.getsockname()[:2] for listener in server.LISTENERS]
    port = settings.metrics_port
    if port and server.LISTENERS and (HOST, port) not in listening:
        sys.exit(
            "Parley was handed its sockets, and METRICS_PORT is none of them: "
            "unset METRICS_PORT, and set METRICS_TOKEN instead."
        )
    if not development:
        return
    if not all(_is_this_machine(listener) for listener in server.LISTENERS):
        sys.exit("In development Parley listens on this machine only: drop --bind and LISTEN_FDS.")
    url = shown(settings.public_url)
    print(f"Parley answers at {url} in development mode; Ctrl-C stops it.")
    print(f"Text it from the phone at {url}/phone/ or from another terminal: make text")
    print(f"Its flows, each at {url}/sms/<flow>: {', '.join(residents())}.")
    sys.stdout.flush()
