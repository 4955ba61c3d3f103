"""Flask, but for the one thing that it believes of a request and we do not: its `Host`."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Request
from flask.sessions import NullSession, SessionInterface
from werkzeug.routing import Rule


class NoSession(SessionInterface):
    """What a conversation remembers is no session of Flask's: there is none, for any request."""

    _NONE = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:  # noqa: ARG002
        return self._NONE


class LateRule(Rule):
    """A rule that learns to make URLs when it is asked for one: only the phone's ever are, and to
    learn it takes most of the time that a rule needs.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., Any]:  # noqa: FBT001, FBT002
        learn = super()._compile_builder

        def build(rule: Rule, **asked: Any) -> Any:
            return learn(append_unknown).__get__(rule, None)(**asked)

        return build


class Application(Flask):
    """A Flask application that routes by the path alone, whatever host a request names.

    Werkzeug refuses odd hosts before anything is routed; PUBLIC_URL says which host Twilio called.
    """

    session_interface = NoSession()
    url_rule_class = LateRule

    def create_url_adapter(self, request: Request | None) -> Any:
        if request is None:
            return super().create_url_adapter(request)
        return self.url_map.bind("parley", path_info=request.path, default_method=request.method)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is: all of ours are plain ones, and Flask looks again at each call."""
        return func
