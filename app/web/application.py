"""Flask, but for the one thing that it believes of a request and we do not: its `Host`."""

from typing import Any

from flask import Flask, Request


class Application(Flask):
    """A Flask application that routes by the path alone, whatever host a request names.

    Werkzeug refuses odd hosts before anything is routed; PUBLIC_URL says which host Twilio called.
    """

    def create_url_adapter(self, request: Request | None) -> Any:
        if request is None:
            return super().create_url_adapter(request)
        return self.url_map.bind_to_environ({**request.environ, "HTTP_HOST": "parley"})
