"""gunicorn's configuration, `-c python:parley.server.gunicorn_conf`; import * to change it."""

from gevent import monkey

monkey.patch_all()

from parley.server import configuration
from parley.server.hooks import *  # noqa: F403  # by gunicorn's names for its server hooks

wsgi_app = configuration.wsgi_app()
worker_class = "parley.server.worker.Worker"
logger_class = "parley.server.logger.Logger"
bind = configuration.bind()
workers = configuration.workers()
worker_connections = configuration.worker_connections()
worker_tmp_dir = configuration.worker_tmp_dir()
keepalive = 75  # longer than load balancers keep a connection; also the timeout for headers
timeout = 12  # ends a flow that computes for that long, before Twilio's timeout of 15 seconds
graceful_timeout = 15  # keep it below your platform's kill timeout: docs/deploy.md
max_requests = 0 if workers == 1 else 100_000  # limits memory leaks
max_requests_jitter = 20_000
http_parser = "python"  # also if the fast one is installed: docs/decisions/0018
limit_request_line = 8_190
limit_request_fields = 90
limit_request_field_size = 16_384  # per header; the application limits their total
permit_unconventional_http_method = True
forwarded_allow_ips = "*"  # saves a lookup: the next line trusts no header
forwarder_headers, secure_scheme_headers = "", dict[str, str]()
control_socket_disable = True
access_log_format = (
    '%(h)s "%(m)s %(U)s %(H)s" %(s)s %(b)s %(M)sms'  # without the query, which has the text
)
loglevel = configuration.loglevel()
