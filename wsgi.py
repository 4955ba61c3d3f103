"""What gunicorn serves: `gunicorn wsgi:app`."""

import os

from app import Settings, create_app
from app.settings.fingerprint import fingerprints
from app.web.logs import record

settings = Settings.load()
app = create_app(settings)

if not settings.is_development:  # there no secret ever changes
    record(
        "serving",
        pid=os.getpid(),
        session_secret=fingerprints(settings.session_secrets),
        auth_token=fingerprints(settings.auth_tokens) or None,
        shared_key=fingerprints(settings.shared_keys) or None,
    )
