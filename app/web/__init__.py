"""The front door: the only part of the server that knows Flask's request."""
