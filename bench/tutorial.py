"""The usual tutorial's counter: Flask with Twilio's own helpers and Flask's own session."""

import os

from flask import Flask, Response, abort, request, session
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

GREETING = "Hello, thanks for the new message!"

app = Flask(__name__)
app.secret_key = os.environ["SESSION_SECRET"]


@app.post("/sms/counter")
def counter() -> Response:
    validator = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"])
    signature = request.headers.get("X-Twilio-Signature", "")
    if not validator.validate(request.url, request.form, signature):
        abort(403)
    count = session.get("count", 0)
    session["count"] = count + 1
    answer = MessagingResponse()
    answer.message(f"Your current count is {count}" if count else GREETING)
    return Response(str(answer), mimetype="text/xml")
