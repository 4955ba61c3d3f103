"""A deployment looked at from outside, with Twilio's eyes; it shares no code with the server."""
