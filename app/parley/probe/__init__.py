"""Checks of a deployment from outside, as Twilio sees it.

The simulator's code creates and signs the requests, not the server's verifier.
"""
