"""The simulated Twilio: what a webhook can see of it. It shares no code with the server."""
