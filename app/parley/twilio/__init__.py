"""Twilio's formats: reading signatures, parameters and inbound messages, and writing TwiML."""
