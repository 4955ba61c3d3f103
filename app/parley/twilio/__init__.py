"""Twilio's formats: signatures, parameters and inbound messages are read, TwiML is written."""
