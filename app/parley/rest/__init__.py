"""Twilio's REST API through Twilio's own client: for commands, never for the server.

The client is large; it is imported when it is first opened, and not before.
"""
