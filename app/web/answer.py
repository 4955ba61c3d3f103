"""What the server answers with."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from flask import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

KEPT_BY_NOBODY = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""An answer is for one message alone, and what it says it is."""


class Answer(Response):
    """A response that no cache keeps, and whose type nobody guesses."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, value in KEPT_BY_NOBODY.items():
            self.headers.add(name, value)  # they are new: setting would look for them first

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Send it as it is: werkzeug looks at every header once more, for a third of a bare turn.

        To a HEAD only the headers belong.
        """
        if environ["REQUEST_METHOD"] == "HEAD":
            return super().__call__(environ, start_response)
        start_response(self.status, self.headers.to_wsgi_list())
        return cast("list[bytes]", self.response)
