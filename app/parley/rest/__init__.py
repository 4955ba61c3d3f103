"""Twilio's REST API with Twilio's own client, for commands and the worker, not for the server.

The client is large; it is imported when it is first opened.
"""
