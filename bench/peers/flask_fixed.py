"""Bare Flask: always the same answer, nothing read and nothing checked."""

from flask import Flask, Response

from bench.peers.raw_fixed import ANSWER

app = Flask(__name__)


@app.post("/sms/counter")
def counter() -> Response:
    return Response(ANSWER, mimetype="text/xml")
