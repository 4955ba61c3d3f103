"""What gunicorn serves: `gunicorn wsgi:app`."""

import os
import sys
from threading import Thread

import click

from app import Settings, create_app
from app.settings.fingerprint import fingerprints
from app.web.logs import record

settings = Settings.load()
command = click.get_current_context(silent=True)
if command is not None and command.info_name == "run" and not settings.is_development:
    sys.exit(
        "`flask run` is a development server: it answers one machine's tries, not Twilio. Start "
        "Parley with `python -m app`, or set PARLEY_MODE=development to try it here."
    )
if settings.is_development:  # there no secret ever changes
    app = create_app(settings)
else:
    secrets = (*settings.session_secrets, *settings.auth_tokens, *settings.shared_keys)
    marking = Thread(target=fingerprints, args=(secrets,))  # on another core, while the rest loads
    marking.start()
    app = create_app(settings)
    marking.join()
    record(
        "serving",
        pid=os.getpid(),
        session_secret=fingerprints(settings.session_secrets),
        auth_token=fingerprints(settings.auth_tokens) or None,
        shared_key=fingerprints(settings.shared_keys) or None,
    )
