"""Texts an application without a server: WSGI calls in this process."""

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import app.flows
from app import Settings, create_app
from bench.texts import SETTINGS

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from bench.texts import Text


@dataclass
class Caller:
    """One number, with its cookie, the last `Set-Cookie` as it came, and the last answer."""

    application: "WSGIApplication"
    cookie: str = ""
    set_cookie: str = ""
    document: bytes = b""

    def says(self, text: "Text") -> None:
        environ = text.as_environ(self.cookie)
        self.document = b"".join(self.application(environ, self._started))

    def _started(self, status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
        if status != "200 OK":
            raise SystemExit(f"A text is answered with {status}")
        for name, value in headers:
            if name == "Set-Cookie":
                self.set_cookie = value
                self.cookie = value.partition(";")[0]


def parley() -> "WSGIApplication":
    """Parley as it is deployed, but for the flows of bench/flows, which it has too."""
    flows = str(Path(__file__).with_name("flows"))
    if flows not in app.flows.__path__:
        app.flows.__path__.append(flows)
    return create_app(Settings.load(SETTINGS)).wsgi_app


def log_to_nowhere() -> None:
    """Let Parley write its lines, but not to the terminal."""
    logging.getLogger("parley").addHandler(logging.FileHandler(os.devnull))
