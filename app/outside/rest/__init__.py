"""Twilio's REST interface, through Twilio's own client: for commands, never for the server.

The client is large; it is imported where it is first connected, and nowhere before.
"""
