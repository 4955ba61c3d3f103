"""The simulated Twilio, as a webhook sees it.

It shares no code with the server's checks: it signs with Twilio's library, and has its own TwiML
parser and cookie jar. It shares Twilio's constants (`twilio/facts.py`) and the client in
`http_client.py` with the rest of Parley.
"""
