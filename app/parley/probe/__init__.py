"""Checks of a deployment from outside, as Twilio sees it.

Requests are made and signed by code of the simulator, not by the server's verifier.
"""
