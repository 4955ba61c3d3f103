"""The page: a phone in the browser, served in development mode only."""

import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request

from app.phone import shown
from app.phone.orders import ORDERS, BadOrder, Phone, order

PREFIX = "/phone/"
POLICY = "default-src 'self'; img-src 'self' data: https:; base-uri 'none'; frame-ancestors 'none'"
POLICY += "; form-action 'none'"
LONGEST_ORDER = 65_536
"""Bytes of an order."""


def phone(whole: Phone) -> Blueprint:
    """The page at `/phone/`, its files, and the orders that it gives; none changes by a GET."""
    blueprint = Blueprint(
        "phone", __name__, url_prefix="/phone", static_folder="static", template_folder="templates"
    )

    @blueprint.get("/")
    def page() -> str:
        return render_template("phone.html", flows=whole.flows)

    @blueprint.get("/state")
    def state() -> Response:
        return jsonify(seen(whole, order(request.args)))

    for name, carry_out in ORDERS.items():
        blueprint.add_url_rule(
            f"/{name}",
            name,
            _obeying(whole, carry_out),
            methods=["POST"],
            provide_automatic_options=False,
        )

    @blueprint.errorhandler(BadOrder)
    def refuse(wrong: BadOrder) -> Response:
        return Response(f"{wrong}\n", 400, mimetype="text/plain")

    @blueprint.after_request
    def protect(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Cache-Control"] = "no-store"
        return response

    return blueprint


def written() -> Any:
    """The JSON of an order. Raises BadOrder where it is none, or too long."""
    if (request.content_length or 0) > LONGEST_ORDER:
        raise BadOrder(f"An order has at most {LONGEST_ORDER:,} bytes.")
    try:
        return json.loads(request.stream.read(LONGEST_ORDER))
    except (ValueError, OSError, RecursionError):
        raise BadOrder("An order is JSON.") from None


def _obeying(whole: Phone, carry_out: Callable[[Phone, dict[str, str]], None]) -> Callable[[], Any]:
    def obey() -> Any:
        told = order(written())
        if told["flow"] not in whole.flows:
            raise BadOrder("There is no such flow.")
        carry_out(whole, told)
        return jsonify(seen(whole, told))

    return obey


def seen(whole: Phone, told: dict[str, str]) -> dict[str, Any]:
    """All that the page shows of one number's conversation."""
    board, pair = whole.switchboard, (told["from"], told["to"])
    jar = board.jar(*pair, keep=False)  # looking changes nothing
    return {
        "threads": [{"from": from_, "to": to} for from_, to in list(board.threads)],
        "messages": [
            shown.message(each, told["from"], whole.segments)
            for each in list(board.threads.get(pair, ()))
        ],
        "deliveries": [
            shown.delivery(each, whole.auth_token) for each in board.deliveries.get(pair, ())
        ],
        "cookie": shown.cookie(jar, board.now(), told["flow"], *pair, whole.open_cookie),
        "transcript": "\n".join(board.transcripts.get(pair, ())),
    }
