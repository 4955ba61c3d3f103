"""The peer: a counter as the usual tutorial writes it, in Flask with Twilio's own helpers."""

from flask import Flask, Response, abort, request, session
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse


def tutorial(public_url: str, auth_token: str, secret: str) -> Flask:
    """The tutorial's application; the URL is put right, which the tutorial forgets to do."""
    app = Flask(__name__)
    app.secret_key = secret

    @app.post("/sms/counter")
    def counter() -> Response:
        validator = RequestValidator(auth_token)
        url = public_url + request.full_path.rstrip("?")
        if not validator.validate(url, request.form, request.headers["X-Twilio-Signature"]):
            abort(403)
        count = session.get("count", 0)
        session["count"] = count + 1
        answer = MessagingResponse()
        answer.message(f"Your current count is {count}" if count else GREETING)
        return Response(str(answer), mimetype="text/xml")

    return app


GREETING = "Hello, thanks for the new message!"
