"""How gunicorn serves Parley; it reads this file by itself, from the folder it starts in."""

import errno
import socket
import sys
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parent))
# gunicorn reads this file again at a reload: the code as it is then, not as it was at the start.
for name in [name for name in sys.modules if name.partition(".")[0] == "app"]:
    del sys.modules[name]

from app import FlowError, Settings, SettingsError, create_app, residents

try:
    settings = Settings.load()
except SettingsError:
    settings = None  # on_starting says what is wrong, and nothing listens

wsgi_app = "wsgi:app"
development = settings is not None and settings.is_development

if settings is not None:
    workers = settings.workers
    threads = settings.threads
worker_class = "app.web.gunicorn.Worker"
logger_class = "app.web.gunicorn.Logger"
bind = "127.0.0.1:8000" if development else "0.0.0.0:8000"
if development and settings.public_url.startswith("http://"):
    bind = f"{urlsplit(settings.public_url).netloc.rpartition('@')[2]}"
    bind = bind if urlsplit(settings.public_url).port else f"{bind}:80"
if Path("/dev/shm").is_dir():
    worker_tmp_dir = "/dev/shm"  # a heartbeat file on a slow disk would look like a hung worker

# Twilio waits 15 seconds for an answer; nothing that takes longer is worth finishing.
timeout = 20
graceful_timeout = 20

# The contract's limits. The application adds up all headers; one alone may be as large as all.
limit_request_line = 8_190
limit_request_fields = 90
limit_request_field_size = 16_384

# PUBLIC_URL says what Twilio called; nothing that a request says of it is believed.
forwarded_allow_ips = "127.0.0.1"
forwarder_headers = ""
secure_scheme_headers = {}
control_socket_disable = True

# One line a turn comes from the application. This log is off; switched on with
# --access-logfile, it shows the path without the query, in which a GET has number and text.
access_log_format = '%(h)s "%(m)s %(U)s %(H)s" %(s)s %(b)s %(M)sms'
loglevel = "warning" if development else "info"

flows = []


def on_starting(server):
    """Check settings, flows and address before anything listens."""
    try:
        create_app()
        flows.extend(residents())
    except (SettingsError, FlowError) as error:
        sys.exit(f"{error}\nParley did not start.")
    if development:
        for address in server.cfg.address:
            _check_address(address)


def _check_address(address):
    host, port = address[:2]
    if host not in ("localhost", "::1") and not host.startswith("127."):
        sys.exit(f"In development Parley listens on this machine only, not on {host}: drop --bind.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                why = "something else listens there: stop it"
            else:
                why = f"that is not possible ({error.strerror}): free it"
            sys.exit(
                f"Parley cannot listen on {host}:{port}, {why}, or choose another port for "
                "PUBLIC_URL in var/development.env."
            )


def when_ready(server):
    """Say in three lines what runs and how to text it."""
    if not development:
        return
    url = settings.public_url
    print(f"Parley answers at {url} in development mode; Ctrl-C stops it.")
    print(f"Text it from the phone at {url}/phone/ or from another terminal: make text")
    print(f"Its flows, each at {url}/sms/<flow>: {', '.join(flows)}.")
    sys.stdout.flush()
