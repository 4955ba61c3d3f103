"""The page: a phone in the browser, served in development mode and by `parley phone`."""

import json
from functools import partial
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request

from parley.simulator.page import addresses
from parley.simulator.page.actions import ACTIONS, Action, BadAction, fields
from parley.simulator.page.har import archive
from parley.simulator.page.phone import Phone
from parley.simulator.page.presenter import state
from parley.simulator.page.samples import SAMPLES
from parley.simulator.receipts import FATES
from parley.twilio.facts import ERRORS

PREFIX = "/phone/"
POLICY = "default-src 'self'; img-src 'self' data: https:; base-uri 'none'; frame-ancestors 'none'"
POLICY += "; form-action 'none'"
LONGEST_ACTION = 65_536
"""Maximum size of an action's JSON in bytes."""
LONGEST_REQUEST = 20_000
"""Maximum length of a pasted request in characters."""


def make_blueprint(phone: Phone) -> Blueprint:
    """Return the blueprint of the page at `/phone/`, its files, and its actions."""
    blueprint = Blueprint(
        "phone", __name__, url_prefix="/phone", static_folder="static", template_folder="templates"
    )
    views = Views(phone)
    for name in ("page", "server", "state", "har"):
        path = "/" if name == "page" else f"/{name}"
        blueprint.add_url_rule(path, name, getattr(views, name))
    posted = {"explain": views.explain}
    posted |= {name: partial(views.act, action) for name, action in ACTIONS.items()}
    for name, view in posted.items():
        blueprint.add_url_rule(
            f"/{name}", name, view, methods=["POST"], provide_automatic_options=False
        )
    blueprint.register_error_handler(BadAction, refuse)
    blueprint.after_request(_protect)
    return blueprint


class Views:
    """The views of the page; a GET changes nothing."""

    def __init__(self, phone: Phone) -> None:
        self._phone = phone

    def page(self) -> str:
        fates = {name: f"{last}: {ERRORS[code]}" for name, (last, code) in FATES.items() if code}
        return render_template(
            "page.html", phone=self._phone, samples=SAMPLES, fates=fates, addresses=addresses
        )

    def server(self) -> Response:
        """Return the state that the page polls each second, to detect reloads and changes."""
        phone = self._phone
        return jsonify(
            started=phone.started,
            load_error=phone.load_error,
            changes=phone.simulator.history.changes,
            flows=[[name, each.summary, each.tries] for name, each in phone.flows.items()],
        )

    def state(self) -> Response:
        return jsonify(state(self._phone, fields(request.args)))

    def har(self) -> Response:
        """Return the requests of a conversation as a downloadable file."""
        given = fields(request.args)
        deliveries = self._phone.simulator.deliveries.get((given["from"], given["to"]), ())
        response = jsonify(archive(list(deliveries)))
        response.headers["Content-Disposition"] = "attachment; filename=conversation.har"
        return response

    def explain(self) -> Response:
        """Explain why a pasted request was refused."""
        given = read_json()
        pasted, signature = (_pasted(given, name) for name in ("request", "signature"))
        try:
            return jsonify(self._phone.explain(pasted, signature))
        except ValueError as wrong:
            raise BadAction(str(wrong)) from None

    def act(self, action: Action) -> Response:
        """Run an action, and return the conversation."""
        given = fields(read_json())
        if self._phone.load_error:
            raise BadAction("The flows could not be loaded.")
        if given["flow"] not in self._phone.flows:
            raise BadAction("There is no such flow.")
        action(self._phone, given)
        return jsonify(state(self._phone, given))


def refuse(wrong: Exception) -> Response:
    return Response(f"{wrong}\n", 400, mimetype="text/plain")


def _protect(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response


def read_json() -> Any:
    """Return the JSON of an action. Raises BadAction if it is not JSON, or too long."""
    if (request.content_length or 0) > LONGEST_ACTION:
        raise BadAction(f"An action has at most {LONGEST_ACTION:,} bytes.")
    try:
        return json.loads(request.stream.read(LONGEST_ACTION))
    except (ValueError, OSError, RecursionError):
        raise BadAction("An action must be JSON.") from None


def _pasted(given: Any, name: str) -> str:
    value = given.get(name, "") if isinstance(given, dict) else None
    if not isinstance(value, str) or len(value) > LONGEST_REQUEST:
        raise BadAction(f"{name} must be a text of at most {LONGEST_REQUEST:,} characters.")
    return value
