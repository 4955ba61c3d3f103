"""The simulated Twilio: what a webhook can see of it.

It has no code of the server's own checks: it signs with Twilio's library, and has its own reader of
TwiML and its own cookie jar. It shares Twilio's constants (`twilio/facts.py`) and the client in
`http_client.py` with the rest of Parley.
"""
