"""How gunicorn serves a checkout; it reads this file in the folder in which it starts."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent / "app")]
from parley.server.gunicorn_conf import *  # noqa: F403  # its first statement is gevent's patch

wsgi_app = "wsgi:app"
